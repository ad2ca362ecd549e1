# SPDX-License-Identifier: Apache-2.0
# docker build -t runestone .  &&  docker run -p 127.0.0.1:5000:5000 -v runestone:/var/lib/runestone runestone

FROM debian:12-slim AS build
WORKDIR /src
COPY scripts/install-deps.sh scripts/
RUN apt-get update -q && apt-get install -q -y --no-install-recommends make && scripts/install-deps.sh build
COPY . .
RUN make -j"$(nproc)" build && make install DESTDIR=/out PREFIX=/usr

FROM debian:12-slim
# The libraries that the program is linked with, no -dev package and no compiler.
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends libmicrohttpd12 libsqlite3-0 libjansson4 libssl3 libcurl4 zlib1g ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/runestone --create-home runestone
COPY --from=build /out/usr/bin/runestone /usr/bin/runestone

USER runestone
VOLUME /var/lib/runestone
EXPOSE 5000
# There is no curl in here; bash opens the connection itself.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/5000 && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# The container listens on all its addresses; who reaches it from outside is decided by what is published (-p). Clients
# that name it otherwise than localhost or by a private address need --allowed-hosts.
# SIGTERM, which `docker stop` sends, drains: every acknowledged write is on disk.
ENTRYPOINT ["runestone"]
CMD ["server", "--host", "0.0.0.0", "--allow-remote", "--port", "5000", "--data", "/var/lib/runestone"]
