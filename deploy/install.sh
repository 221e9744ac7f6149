#!/bin/sh
# Installs Sluice as a service of this machine, or takes it away again. May be run again at any time: what is there and
# right stays as it is.
#
#   sudo deploy/install.sh                        installs, or brings up to date
#   sudo deploy/install.sh --config gate.yaml     the same, with a config of yours (a .yaml, or a bundle .tar.gz)
#   sudo deploy/install.sh --remove               takes the program and its service away; config and recordings stay
#   sudo deploy/install.sh --remove --purge       takes those away too, and the user
#
#   --root DIR    install into DIR instead of /, touching neither users nor systemd (for images and packages)
#   --no-start    install the service and do not start it
set -eu

NAME=sluice
ROOT='' CONFIG='' REMOVE='' PURGE='' START=yes

die() {
    echo "install.sh: $1" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --root) ROOT=${2:?--root needs a folder}; shift ;;
    --config) CONFIG=${2:?--config needs a file}; shift ;;
    --remove) REMOVE=yes ;;
    --purge) PURGE=yes ;;
    --no-start) START='' ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
    esac
    shift
done

HERE=$(cd "$(dirname "$0")/.." && pwd)
APP=$ROOT/opt/$NAME
SETTINGS=$ROOT/etc/$NAME
STATE=$ROOT/var/lib/$NAME
UNIT=$ROOT/etc/systemd/system/$NAME.service

is_system() { [ -z "$ROOT" ]; }
has_systemd() { is_system && [ -d /run/systemd/system ]; }

is_system && [ "$(id -u)" -ne 0 ] && die "run it as root: sudo $0"

if [ -n "$REMOVE" ]; then
    if has_systemd && [ -e "$UNIT" ]; then systemctl disable --now "$NAME.service"; fi
    rm -f "$UNIT"
    rm -rf "$APP"
    if has_systemd; then systemctl daemon-reload; fi
    if [ -n "$PURGE" ]; then
        rm -rf "$SETTINGS" "$STATE"
        if is_system && getent passwd "$NAME" >/dev/null; then userdel "$NAME"; fi
        echo "removed, with its config and recordings"
    else
        echo "removed; $SETTINGS and $STATE stay (--purge takes them too)"
    fi
    exit 0
fi
[ -z "$PURGE" ] || die "--purge goes with --remove"

PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null ||
    die "Python 3.11 to 3.13 is needed; set PYTHON to one ($("$PYTHON" --version 2>&1 || echo 'there is none'))"
"$PYTHON" -c 'import platform, sys; sys.exit(sys.maxsize < 2**32 or platform.machine() not in ("x86_64", "aarch64"))' ||
    die "a 64-bit system on x86-64 or Arm is needed, this is $(uname -m): LiteRT and ONNX Runtime come for no other"
"$PYTHON" -c 'import venv, ensurepip' 2>/dev/null || die "python3-venv is missing: apt-get install python3-venv"
[ -z "$CONFIG" ] || [ -f "$CONFIG" ] || die "no config file $CONFIG"

if is_system && ! getent passwd "$NAME" >/dev/null; then
    useradd --system --home-dir "/var/lib/$NAME" --shell /usr/sbin/nologin "$NAME"
fi
if is_system; then
    for group in video render gpio; do # cameras, GPUs; a machine has those that it has
        if getent group "$group" >/dev/null; then usermod --append --groups "$group" "$NAME"; fi
    done
fi

# The program goes to a folder of its own and takes the old one's place at once: a broken copy never runs.
NEXT=$APP/app.next
rm -rf "$NEXT"
mkdir -p "$NEXT" "$SETTINGS" "$STATE"
for part in run.py batch commands gallery models pipeline readers stages vision web configs \
    requirements-base.txt requirements-edge.txt LICENSE; do
    cp -R "$HERE/$part" "$NEXT/"
done
find "$NEXT" -name __pycache__ -type d -prune -exec rm -rf {} +

# pip stays outside, and nothing is compiled beforehand: 390 MB on 64-bit Arm in place of 480.
[ -x "$APP/venv/bin/python" ] || "$PYTHON" -m venv --without-pip "$APP/venv"
"$PYTHON" -m venv "$APP/pip"
"$APP/pip/bin/python" -m pip --python "$APP/venv/bin/python" install --quiet --disable-pip-version-check --no-compile \
    -r "$NEXT/requirements-edge.txt"
rm -rf "$APP/pip"

rm -rf "$APP/app.last"
if [ -d "$APP/app" ]; then mv "$APP/app" "$APP/app.last"; fi
mv "$NEXT" "$APP/app"
rm -rf "$APP/app.last"
"$APP/venv/bin/python" -m compileall -q "$APP/app" >/dev/null || true

[ -e "$SETTINGS/service.env" ] || cp "$HERE/deploy/service.env" "$SETTINGS/service.env"
if [ -n "$CONFIG" ]; then
    case $CONFIG in
    *.tar.gz) NAMED=config.tar.gz ;;
    *) NAMED=config.yaml ;;
    esac
    cp "$CONFIG" "$SETTINGS/$NAMED"
    sed -i "s|^SLUICE_CONFIG=.*|SLUICE_CONFIG=/etc/$NAME/$NAMED|" "$SETTINGS/service.env"
elif [ ! -e "$SETTINGS/config.yaml" ]; then
    cp "$APP/app/configs/motion-only.yaml" "$SETTINGS/config.yaml" # needs no model, so the service runs at once
fi
if [ ! -e "$SETTINGS/sources" ]; then
    printf '%s\n' '# A camera or stream a line. Addresses may hold passwords: keep this file to root and sluice.' '0' \
        >"$SETTINGS/sources"
fi
chmod 640 "$SETTINGS/sources"
if is_system; then
    chown "root:$NAME" "$SETTINGS/sources"
    chown -R "$NAME:$NAME" "$STATE"
fi

mkdir -p "$(dirname "$UNIT")"
cp "$HERE/deploy/$NAME.service" "$UNIT"
if has_systemd; then
    systemctl daemon-reload
    if [ -n "$START" ]; then systemctl enable --quiet --now "$NAME.service" && systemctl restart "$NAME.service"; fi
fi
echo "installed in $APP; cameras: $SETTINGS/sources, config: $SETTINGS"
