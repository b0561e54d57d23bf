#!/bin/bash
# The server as a service, inside a Debian that systemd has booted (scripts/test_package.sh): what docs/packages.md says starts it,
# and what docs/serving.md shows as a unit of one's own. service.sh FOLDER, with the blocks of the pages in FOLDER:
# enable.sh, bit-serve.default, intents.service.
set -eu
folder=$1
models=/usr/share/bitcpp/models

fail() {
  echo "$*"
  journalctl --no-pager -n 30 -u bit-serve -u intents
  exit 1
}
ask() { curl -s --fail-with-body --retry 40 --retry-delay 1 --retry-connrefused "$@"; }
label() { ask localhost:8080/predict -H 'Content-Type: application/json' -d '{"inputs":"play some jazz"}' "$@" | grep -o '"label":"[^"]*"' | head -1; }
pid_of() { systemctl show --property=MainPID --value "$1"; }

# 1. As the page says, with the models that ship.
bash -eu "$folder/enable.sh"
[ "$(label)" = '"label":"1"' ] || fail "the first answer: $(label)"
systemctl is-enabled --quiet bit-serve || fail "not enabled"

# 2. A user of its own without capabilities, and a view of the system that it cannot change.
pid=$(pid_of bit-serve)
uid=$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")
[ "$uid" -ge 61184 ] || fail "runs as user $uid"
grep -q '^CapEff:\s*0000000000000000' "/proc/$pid/status" || fail "has capabilities"
grep -q '^NoNewPrivs:\s*1' "/proc/$pid/status" || fail "may get new privileges"
for place in /usr /etc /var /srv; do
  ! nsenter --target "$pid" --mount touch "$place/written" 2>/dev/null || fail "$place can be written"
done

# 3. Other models, as in /etc/default/bit-serve; a changed one is taken over without a restart.
mkdir -p /srv/models
cp $models/sst2-minilm-w1a2.safetensors /srv/models/a.safetensors
cp $models/sst2-minilm-w1a2.safetensors /srv/models/b.safetensors
cp "$folder/bit-serve.default" /etc/default/bit-serve
systemctl restart bit-serve || fail "does not restart"
[ "$(ask localhost:8080/v1/models | grep -o '"id":"[^"]*"' | tr '\n' ' ')" = '"id":"a" "id":"b" ' ] || fail "models: $(ask localhost:8080/v1/models)"
pid=$(pid_of bit-serve)
cp $models/snips-minilm-w1a1.safetensors /srv/models/new && mv /srv/models/new /srv/models/a.safetensors
systemctl reload bit-serve || fail "does not reload"
for _ in $(seq 50); do [ "$(label)" != '"label":"PlayMusic"' ] || break && sleep 0.1; done
[ "$(label)" = '"label":"PlayMusic"' ] || fail "after the reload: $(label)"
[ "$(pid_of bit-serve)" = "$pid" ] || fail "was restarted"
systemctl stop bit-serve
[ "$(systemctl show --property=Result --value bit-serve)" = success ] || fail "does not stop well"

# 4. The unit of docs/serving.md, with its key.
ln -s /usr/bin/bit /usr/local/bin/bit
cp $models/snips-minilm-w1a1.safetensors /srv/models/intents.safetensors
cp "$folder/intents.service" /etc/systemd/system
systemctl daemon-reload
systemctl start intents
key=$(sed -n 's/^Environment=BITCPP_API_KEY=//p' "$folder/intents.service")
[ "$(label -H "Authorization: Bearer $key")" = '"label":"PlayMusic"' ] || fail "with the key: $(label -H "Authorization: Bearer $key")"
[ "$(curl -s -o /dev/null -w '%{http_code}' localhost:8080/predict -H 'Content-Type: application/json' -d '{"inputs":"x"}')" = 401 ] || fail "without the key"
systemctl reload intents || fail "intents does not reload"
systemctl stop intents
echo "started, confined (user $uid), reloaded, stopped"
