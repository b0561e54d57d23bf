#!/bin/bash
# Manual pages and completions as made of the help: pages without a warning of man's where man is there, completions that
# complete in bash, and that zsh and fish can read where they are there. manual.sh BUILD
set -eu
build=$1
manual=$build/manual

fail() {
  echo "$*" >&2
  exit 1
}

# 1. A page for every command, and what is in it.
commands=$("$build/bit" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
for command in $commands; do
  [ -s "$manual/man1/bit-$command.1.gz" ] || fail "no page for $command"
done
page=$(gunzip -c "$manual/man1/bit-run.1.gz")
for word in '^\.SH NAME' '^\.SH OPTIONS' 'threads' '^\.SH EXAMPLES' 'jazz'; do
  grep -q "$word" <<<"$page" || fail "bit-run.1 lacks '$word'"
done
if command -v man >/dev/null && command -v groff >/dev/null; then
  for file in "$manual"/man1/*.gz; do
    warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 "$file" 2>&1 >/dev/null)
    [ -z "$warnings" ] || fail "$file: $warnings"
  done
fi

# 2. bash, as when Tab is pressed.
# shellcheck disable=SC1091
source "$manual/completions/bit"
complete_line() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _bit 2>/dev/null
  echo "${COMPREPLY[*]}"
}
[ "$(complete_line bit ev)" = eval ] || fail "bash: ev gives '$(complete_line bit ev)'"
[ "$(complete_line bit run --thr)" = --threads ] || fail "bash: --thr gives '$(complete_line bit run --thr)'"
[ "$(complete_line bit help tok)" = tokenize ] || fail "bash: help tok gives '$(complete_line bit help tok)'"
[ "$(complete_line bit run "$build/bi")" != "" ] || fail "bash: no files"

# 3. The others, where there are any.
if command -v zsh >/dev/null; then zsh -n "$manual/completions/_bit" || fail "zsh cannot read its completions"; fi
if command -v fish >/dev/null; then
  [ "$(fish -c "source $manual/completions/bit.fish; complete -C 'bit run --thr'" | cut -f 1)" = --threads ] ||
    fail "fish does not complete --threads"
fi
