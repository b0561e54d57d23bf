#!/bin/bash
# The two halves of `make demo`, which builds what each needs:
#   scripts/demo.sh answer    the model that ships answers a few sentences
#   scripts/demo.sh distill   fetches MiniLM, makes a 1-bit model of SNIPS intents, asks it five sentences
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
result=$build/demo

title() { printf '\n%s\n' "$1"; }

# One line per text, "label  probability  text", out of the JSON lines.
answer() {
  printf '%s\n' "${@:2}" | "$build/bit" run "$1" |
    sed -E 's/^\{"text":"(.*)","label":"([^"]*)","score":([^,]*),.*$/\2\t\3\t\1/' |
    awk -F '\t' '{ printf "  %-22s %.3f   %s\n", $1, $2, $3 }'
}

case ${1:-} in
  answer)
    title "The 1-bit model that ships with bit.cpp, models/snips-minilm-w1a1.safetensors, says:"
    answer models/snips-minilm-w1a1.safetensors \
      "play some jazz by miles davis" \
      "will it rain in paris tomorrow" \
      "book a table for two at an italian restaurant tonight"
    title "Now one is made from scratch: MiniLM in 32 bits, and 13,084 sentences of SNIPS."
    ;;
  distill)
    backbone=$(scripts/fetch_backbone.sh)
    title "bit distill: teacher, W1A2, W1A1 (log and recipe in $result)"
    resume=()
    [ ! -e "$result" ] || resume=(--resume)
    "$build/bit" distill --model "$backbone" --train examples/snips/train.tsv \
      --dev examples/snips/valid.tsv --out "$result" --recipe demo "${resume[@]}"
    title "The model just made, $result/model.safetensors, says:"
    answer "$result/model.safetensors" \
      "put this track on my running playlist" \
      "i want to hear something by nina simone" \
      "rate this novel five out of six" \
      "is there snow in the alps this weekend" \
      "find me a cinema showing alien at eight pm"
    cat <<END

Next, with your own data (TSV, CSV or JSONL with columns text and label):
  $build/bit distill --model $backbone \\
      --train train.tsv --dev dev.tsv --out my-model
  $build/bit eval my-model/model.safetensors --data dev.tsv
  $build/bit run my-model/model.safetensors texts.txt
'$build/bit help distill' explains every option.
END
    ;;
  *)
    echo "usage: scripts/demo.sh answer|distill (make demo runs both)" >&2
    exit 2
    ;;
esac
