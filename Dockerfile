# Lazaret as an image: the native program, the C libraries it is linked to, and the certificates
# it checks upstream by. No shell, no package manager. Hyperscan is for amd64 alone; on other
# processors the program is the pure one, which finds the same and takes longer.
#
#   docker build -t lazaret .
#   docker run -p 127.0.0.1:5000:5000 -v lazaret:/data lazaret
#
# The admin listener (5001: /healthz, /readyz, /metrics) has no login. Publish it to the
# network of those who watch the mirror, never to that of those who pull. The image has no
# HEALTHCHECK, since nothing in it could make the request: probe /readyz from outside.

FROM golang:1.26-bookworm AS build
RUN apt-get update \
	&& apt-get install -y --no-install-recommends $(dpkg --print-architecture | sed 's/^amd64$/libhyperscan-dev libisal-dev/; t; d') \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make rootfs && mkdir -m 0700 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/dist/rootfs /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV LAZARET_DATA_DIR=/data \
    LAZARET_ADDR=0.0.0.0:5000 \
    LAZARET_ADMIN_ADDR=0.0.0.0:5001
VOLUME /data
EXPOSE 5000 5001
ENTRYPOINT ["/usr/local/bin/lazaret"]
CMD ["serve"]
