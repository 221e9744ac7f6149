#!/bin/sh
# The runtime on 64-bit Arm without a board: a Debian for arm64 under qemu's user emulation, with the device install, some
# tests, and a clip whose boxes have to be those of this machine. Speed under emulation means nothing.
#
#   sudo tools/aarch64.sh [FOLDER]      FOLDER holds the Debian, and is used again; /var/tmp/sluice-aarch64 by default
#
# Needs root, Debian or Ubuntu on x86-64, some 2 GB of disk, and half an hour the first time.
set -eu
HERE=$(cd "$(dirname "$0")/.." && pwd)
ROOT=${1:-/var/tmp/sluice-aarch64}
PY=${PY:-$HERE/.venv/bin/python}
FRAMES=${FRAMES:-40}

[ "$(id -u)" -eq 0 ] || { echo "aarch64.sh: run it as root: it makes a Debian in $ROOT and enters it" >&2; exit 2; }
for tool in qemu-aarch64-static debootstrap; do
    command -v $tool >/dev/null || { echo "aarch64.sh: apt-get install qemu-user-static debootstrap" >&2; exit 2; }
done

# Programs for arm64 are run by qemu, also within the root (flag F: opened now).
if [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' \
        >/proc/sys/fs/binfmt_misc/register
fi

if [ ! -e "$ROOT/.ready" ]; then
    echo "== a Debian for arm64 in $ROOT"
    debootstrap --arch=arm64 --foreign --variant=minbase --include=python3,python3-venv,libglib2.0-0,ca-certificates \
        bookworm "$ROOT" >"$ROOT.log" 2>&1
    chroot "$ROOT" /debootstrap/debootstrap --second-stage >>"$ROOT.log" 2>&1
    touch "$ROOT/.ready"
fi
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$ROOT/etc/pip.conf"
cp /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/ca-certificates.crt"

leave() {
    for place in proc dev; do ! mountpoint -q "$ROOT/$place" || umount -R -l "$ROOT/$place"; done
}
trap leave EXIT
for place in proc dev; do mount --rbind "/$place" "$ROOT/$place" && mount --make-rslave "$ROOT/$place"; done

echo "== the device install, in $ROOT/sluice"
rm -rf "$ROOT/sluice"
mkdir -p "$ROOT/sluice"
(cd "$HERE" && git ls-files -z | tar --null --files-from=- -cf -) | tar -xf - -C "$ROOT/sluice"
inside() { chroot "$ROOT" env HOME=/root PATH=/usr/bin:/bin PIP_DISABLE_PIP_VERSION_CHECK=1 SLUICE_SHARED=/nowhere "$@"; }
[ -x "$ROOT/venv/bin/python" ] || inside python3 -m venv /venv
inside /venv/bin/pip install --quiet --no-compile -r /sluice/requirements-edge.txt pytest pytest-timeout hypothesis jsonschema
echo "   $(du -sm "$ROOT/venv" | cut -f1) MB with pip and pytest"

echo "== tests of the runtime"
inside sh -c "cd /sluice && /venv/bin/python -m pytest -q -x --timeout 1200 -W ignore \
    tests/unit/vision tests/unit/pipeline/test_channel.py tests/unit/pipeline/test_heat.py tests/unit/pipeline/test_cooling.py \
    tests/properties/test_box_laws.py" || exit 1

echo "== the same boxes as here"
WORK=$(mktemp -d)
(cd "$HERE" && "$PY" -m tools.enlarge "$WORK/clip.mp4" "$FRAMES" &&
    "$PY" run.py annotate "$WORK/clip.mp4" -o "$WORK/here.mp4" >/dev/null)
MODEL=$(cd "$HERE" && "$PY" -c 'from models.cache import default_cache; from models.shelf import find, folder
print(folder(find("person-ssdlite"), default_cache()))')
rm -rf "$ROOT/root/.cache/sluice/models"
mkdir -p "$ROOT/root/.cache/sluice/models" "$ROOT/work"
cp -R "$MODEL" "$ROOT/root/.cache/sluice/models/"
cp "$WORK/clip.mp4" "$ROOT/work/clip.mp4"
inside sh -c "cd /sluice && /venv/bin/python -m tools.peak run.py annotate /work/clip.mp4 -o /work/there.mp4"
(cd "$HERE" && "$PY" -m tools.same_lines "$WORK/here.jsonl" "$ROOT/work/there.jsonl")
rm -rf "$WORK"
echo "== the same $FRAMES frames, box by box; of the memory, some 80 MB and more are qemu's translated code"
