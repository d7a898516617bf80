# An image of the package that `make package` has made, for the same architecture.
#   make package && docker build -t evergrant .
FROM debian:bookworm-slim

COPY .build/package/evergrant_*.deb /tmp/
RUN apt-get update \
    && apt-get install --yes --no-install-recommends /tmp/evergrant_*.deb \
    && rm -rf /tmp/evergrant_*.deb /var/lib/apt/lists/* \
    && install -d -o evergrant -g evergrant /keys

USER evergrant
# The data with its key, and the keys of jobs, which are all that a job may see.
VOLUME ["/var/lib/evergrant", "/keys"]
# No port is exposed: the keeper listens on loopback, and a job's container shares its network.
ENTRYPOINT ["evergrant"]
CMD ["serve"]
