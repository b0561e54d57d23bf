#!/bin/bash
# The Debian packages as an administrator meets them: lintian, the unit's confinement, and an installation into a fresh Debian
# (debootstrap, as root) where bit answers, a program is built and systemd runs the server. scripts/test_package.sh [MIRROR]
set -eu
cd "$(dirname "$0")/.."
mirror=${1:-}
scripts/install.sh package-test
packages=build/packages
[ -n "$(ls $packages/*.deb 2>/dev/null)" ] || { echo "no packages: run make package first" >&2; exit 2; }

fail() {
  echo "$*" >&2
  exit 1
}

echo "lintian:"
# The maintainer has no address and there is no archive to upload to.
lintian --fail-on error --suppress-tags \
  bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs,no-symbols-control-file,mail-address-loops-or-bounces \
  $packages/*.deb

echo "the unit:"
# verify wants the program to be there.
sed "s|/usr/bin/bit|$PWD/build/bit|" packaging/bit-serve.service >build/bit-serve.service
systemd-analyze verify build/bit-serve.service 2>&1 | grep -v 'man bit-serve' || true
systemd-analyze security --offline=true --threshold=20 build/bit-serve.service | tail -n 1

echo "in a fresh Debian:"
root=$(mktemp -d)
chmod 755 "$root"  # the service's user walks through it
trap 'rm -rf "$root"' EXIT
# shellcheck disable=SC2086
scripts/step.sh "Making a minimal Debian" build/debootstrap.log debootstrap --variant=minbase \
  --include=systemd,systemd-sysv,dbus,curl bookworm "$root" $mirror
cp $packages/*.deb "$root/tmp"
[ ! -e /etc/apt/apt.conf.d/ ] || cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
scripts/step.sh "Installing the packages there" build/chroot-install.log chroot "$root" sh -c \
  'apt-get update -qq; apt-get install -y --no-install-recommends /tmp/*.deb g++ pkg-config'
answer=$(echo 'play some jazz by miles davis' | chroot "$root" bit run /usr/share/bitcpp/models/snips-minilm-w1a1.safetensors)
grep -q '"label":"PlayMusic"' <<<"$answer" || fail "bit run there: $answer"
[ -f "$root/usr/lib/systemd/system/bit-serve.service" ] || fail "no unit"
[ -f "$root/usr/share/man/man1/bit-run.1.gz" ] || fail "no manual page"
cp examples/library/classify.cpp "$root/tmp"
# shellcheck disable=SC2016
label=$(chroot "$root" sh -c 'c++ -std=c++17 /tmp/classify.cpp -o /tmp/classify $(pkg-config --cflags --libs bitcpp) &&
  /tmp/classify /usr/share/bitcpp/models/snips-minilm-w1a1.safetensors "play some jazz"')
grep -q '^PlayMusic' <<<"$label" || fail "a program built there: $label"

# The service, in a container that systemd boots, with no network but its own. The pages' blocks are taken as they stand.
shown() {  # shown PAGE LANGUAGE: the block that the mark says is run by this script
  awk -v fence="\`\`\`$2" '/^```/ { inside = marked && $0 == fence; marked = 0; next } inside
    { marked = $0 == "<!-- run by: scripts/test_package.sh -->" }' "$1"
}
mkdir "$root/check"
shown docs/packages.md sh >"$root/check/enable.sh"
shown docs/packages.md ini >"$root/check/bit-serve.default"
shown docs/serving.md ini >"$root/check/intents.service"
cp tests/package/service.sh "$root/check"
cat >"$root/etc/systemd/system/check.service" <<END
[Unit]
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/check/service.sh /check
StandardOutput=file:/check/out
StandardError=inherit
ExecStopPost=/bin/systemctl poweroff --no-block
[Install]
WantedBy=multi-user.target
END
chroot "$root" systemctl enable check.service 2>/dev/null
timeout 180 systemd-nspawn --quiet --directory="$root" --boot --private-network --register=no --keep-unit --link-journal=no \
  </dev/null >build/nspawn.log 2>&1 || true
if [ -e "$root/check/out" ]; then
  grep -q '^started' "$root/check/out" || fail "the service: $(cat "$root/check/out")"
  echo "  bit-serve.service: $(tail -n 1 "$root/check/out")"
else
  echo "  bit-serve.service: NOT started, as systemd does not boot in a container here (build/nspawn.log)"
fi
chroot "$root" sh -c 'systemctl disable check bit-serve 2>/dev/null; apt-get purge -y bitcpp libbitcpp1 libbitcpp-dev >/dev/null 2>&1'
left=$(find "$root/usr" -name '*bitcpp*' -not -path '*/doc/*')
[ -z "$left" ] || fail "left after purging: $left"
echo "  installed, answered, linked against, purged"
