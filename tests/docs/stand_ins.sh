#!/bin/bash
# Makes the folder that the documents' commands are run in: files of the names that they give to the reader's own, small and
# easily learned, and programs that take the place of what cannot be run in a test. stand_ins.sh BUILD SOURCE FOLDER
#
#   bit     the built one; `serve` takes a free port, trainings rates that a network of random weights learns with
#   curl    asks that port where localhost:8080 is asked
#   make    says what would be done (-n), so that targets have to be there
set -eu
build=$1 source=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"/{bin,build,docs,scripts,examples/snips,results,sst2,SST-2}
cd "$folder"

# 1. What ships.
ln -s "$source"/{models,recipes,include} .
ln -s "$source"/examples/{library,python} examples
ln -s "$source/examples/snips/valid.tsv" examples/snips
# Two intents of the seven, of which a word tells, and a few rows of the others; lines that need quoting, as the whole has.
snips=$source/examples/snips/train.tsv
{
  head -n 1 "$snips"
  grep -P '^play .*\tPlayMusic$' "$snips" | head -n 150
  grep -P 'weather.*\tGetWeather$' "$snips" | head -n 150
  for intent in AddToPlaylist BookRestaurant RateBook SearchCreativeWork SearchScreeningEvent; do
    grep -m 3 "$intent\$" "$snips"
  done
  grep '[,"]' "$snips"
} >examples/snips/train.tsv
cp "$source"/results/{results.jsonl,published.jsonl,notes.md} results

# 2. The reader's own. A word decides.
kinds=(good great lovely fine bad dull poor awful)
things=(film book song play meal cake room town)
rows() {  # rows FIRST COUNT SEPARATOR: text, label
  local i word thing
  for ((i = $1; i < $1 + $2; ++i)); do
    word=${kinds[i % 8]} thing=${things[(i / 8 + i) % 8]}
    case $((i / 8 % 3)) in
      0) printf 'a %s %s' "$word" "$thing" ;;
      1) printf 'the %s was %s' "$thing" "$word" ;;
      2) printf 'what a %s %s that was' "$word" "$thing" ;;
    esac
    [ $((i % 8)) -lt 4 ] && echo "$3positive" || echo "$3negative"
  done
}
tsv() { printf 'text\tlabel\n' && rows "$1" "$2" $'\t'; }
tsv 0 128 >train.tsv
tsv 128 32 >dev.tsv
tsv 0 32 >few.tsv
tsv 0 24 >sst2/train.tsv
tsv 24 16 >sst2/dev.tsv
for part in a b; do { echo body,topic && rows 0 64 ,; } >$part.csv; done
{ printf 'index\tsentence\n' && rows 0 16 $'\t' | cut -f 1 | cat -n | sed 's/^ *//'; } >SST-2/test.tsv
rows 0 40 $'\t' | cut -f 1 >texts.txt
rows 0 200 $'\t' | cut -f 1 | gzip >many.txt.gz
cp many.txt.gz news.txt.gz
{
  printf 'text\tpair\tlabel\n'
  for thing in "${things[@]}"; do
    printf 'a good %s\ta %s\tyes\na good %s\tno %s\tno\n' "$thing" "$thing" "$thing" "$thing"
  done
} | tee pairs.tsv >pairs-dev.tsv
for i in 0 1 2 3 4 5 6 7; do
  printf 'Peter B-PER\nBlackburn I-PER\nlives O\nin O\nBrussels B-LOC\n. O\n\n%s O\n%s O\n\n' "${kinds[i]}" "${things[i]}"
done | tee train.conll >dev.conll
question='{"question": "Who won?", "id": "q", "answers": [{"text": "Denver", "answer_start": 8}]}'
echo '{"version": "1.1", "data": [{"title": "t", "paragraphs": [{"context": "In 2016 Denver won.", "qas": ['"$question"']}]}]}' |
  tee train-v1.1.json >dev-v1.1.json
echo '{"q": "Denver"}' >predictions.json
cp "$source/recipes/bit.toml" my-recipe.toml

# 3. A backbone that knows these words, and with its head for masked words.
words=$(cat train.tsv train.conll train-v1.1.json examples/snips/train.tsv | tr -cs 'A-Za-z' '\n' | tr '[:upper:]' '[:lower:]')
"$build/tests/tiny_backbone" minilm <<<"$words"
ln -s minilm bert-base-uncased

# 4. Programs.
program() {
  { echo '#!/bin/bash' && cat; } >"$1"
  chmod +x "$1"
}
program bin/bit <<END
case \${1:-} in
  serve)
    case "\$*" in
      *--port*) set -- "\${@/#9000/0}" ;;
      *) set -- "\$@" --port 0 ;;
    esac
    exec "$build/bit" "\$@" 2>serve.log
    ;;
  bench) exec "$build/bit" "\$@" --seconds 0.05 ;;
  distill | train | finetune) ;;
  *) exec "$build/bit" "\$@" ;;
esac
# Two recipes have to lead to something, with rates for weights that know no language; the others take a few steps.
stages=(teacher w1a2 w1a1)
learns=(learning_rate=3e-3 batch=8 epochs=10)
case "\$*" in
  *"--recipe demo"*) each=("\${learns[@]}") ;;
  *"--recipe dial"*) each=("\${learns[@]}") stages+=(w1a4 w1a1-a8) ;;
  *) each=(max_steps=3) ;;
esac
settings=()
for stage in "\${stages[@]}"; do
  for setting in "\${each[@]}"; do settings+=(--set "\$stage.\$setting"); done
done
export OMP_NUM_THREADS=1
exec "$build/bit" "\$@" "\${settings[@]}"
END
program bin/curl <<END
for ((i = 0; i < 1000; ++i)); do
  port=\$(sed -n 's/.*http:.*:\\([0-9]*\\)\$/\\1/p' serve.log 2>/dev/null) && [ -n "\$port" ] && break
  sleep 0.02
done
PATH=\${PATH#*:} exec curl -sS --fail-with-body "\${@/localhost:8080/localhost:\$port}"
END
program bin/make <<END
unset MAKEFLAGS MFLAGS MAKELEVEL
PATH=\${PATH#*:} exec make -n -C "$source" "\$@" >/dev/null
END
command -v man >/dev/null || program bin/man <<<'cat >/dev/null'
program scripts/fetch_backbone.sh <<<'echo minilm'
ln -s ../bin/bit build
