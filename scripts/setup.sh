#!/usr/bin/env bash
# Creates .venv and installs KernelDojo into it. `make` runs this when something changed.
#   scripts/setup.sh core                 what judging needs
#   scripts/setup.sh all                  also models, training, reports, viewer and the tests' tools
#   scripts/setup.sh verl                 .venv-verl instead: verl, and what its tests need
#   PYTHON=python3.12 scripts/setup.sh …  another interpreter (3.11 is the tested one)
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

venv=.venv constraints=requirements/constraints.txt imports='kerneldojo, torch, triton' tools=()
case "${1:-all}" in
  core) extras=torch ;;
  all) extras=torch,data,endpoint,report,hf,train,view,dev ;;
  verl)
    extras=verl venv=.venv-verl constraints=requirements/verl-constraints.txt imports=verl
    tools=(pytest pytest-timeout)
    ;;
  *) printf 'setup: %s is neither core nor all nor verl\n' "$1" >&2; exit 2 ;;
esac

TORCH=2.13.0
CPU_INDEX=https://download.pytorch.org/whl/cpu

fail() { printf 'setup: %s\n' "$*" >&2; exit 3; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-python3.11}" python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  fail "Python 3.11 or newer is needed and was not found. Install it (Debian, Ubuntu:" \
    "apt install python3.11 python3.11-venv), or name one: make PYTHON=/path/to/python3.11"
}

check_compiler() {
  local candidate
  for candidate in "${CXX:-g++}" g++ clang++; do
    command -v "$candidate" >/dev/null 2>&1 && return
  done
  fail "a C++ compiler is needed and was not found. Install one (Debian, Ubuntu: apt install g++)" \
    "or set CXX"
}

# A machine without an NVIDIA GPU gets the CPU build, so that no CUDA package is pulled in.
# The indexes pip is configured with are asked first; PyTorch's own index is the fallback.
install_torch() {
  if [ "$(uname -s)" != Linux ] || nvidia-smi >/dev/null 2>&1; then
    return # The ordinary build comes with KernelDojo's own requirements below.
  fi
  local build="torch==$TORCH+cpu"
  "$pip" show --quiet torch 2>/dev/null && return
  echo "setup: no NVIDIA GPU found, installing $build"
  "$pip" install --quiet --no-deps "$build" 2>/dev/null ||
    "$pip" install --no-deps --index-url "$CPU_INDEX" --retries 1 --timeout 30 "$build" ||
    fail "$build could not be downloaded. Check that $CPU_INDEX can be reached," \
      "or point pip at a folder that holds the wheel: export PIP_FIND_LINKS=/folder"
}

python=$(find_python)
check_compiler
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
  rm -rf "$venv"
  fail "'$python -m venv' failed. On Debian and Ubuntu: apt install python3.11-venv"
}
pip=$venv/bin/pip
export PIP_DISABLE_PIP_VERSION_CHECK=1
install_torch
echo "setup: installing KernelDojo (${1:-all})"
"$pip" install --quiet --constraint "$constraints" --editable ".[$extras]" "${tools[@]}"
"$venv/bin/python" -W ignore -c "import $imports" || fail "the installation does not import"
