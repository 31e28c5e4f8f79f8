# SPDX-License-Identifier: Apache-2.0
# Images of faastax. Targets: agent (for a DaemonSet), collector, cli.
#   docker build --target agent -t faastax-agent .
# The programs come as Debian packages, so that what they need is installed by apt. BASE is a Debian 12.
# PACKAGES is the stage, or an image, with the packages in /packages: build them here, or give yours.
ARG BASE=docker.io/library/debian:12-slim
ARG PACKAGES=build

FROM ${BASE} AS build
ENV DEBIAN_FRONTEND=noninteractive
WORKDIR /src
# ./dev alone first: the packages that a build needs change less often than the sources.
COPY dev ./
RUN apt-get update && apt-get install -y --no-install-recommends dpkg-dev $(./dev packages) && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release && cmake --build --preset release && \
    cpack --config build/release/CPackConfig.cmake -B /packages

FROM ${PACKAGES} AS packages

FROM ${BASE} AS agent
COPY --from=packages /packages/faastax-agent_*.deb /packages/
RUN apt-get update && apt-get install -y --no-install-recommends /packages/*.deb && \
    rm -rf /packages /var/lib/apt/lists/* /var/cache/* /var/log/*
EXPOSE 9464
# Root, with the capabilities that deploy/kubernetes/agent.yaml names: Linux gives others none at an exec.
ENTRYPOINT ["/usr/bin/faastax-agent"]
CMD ["--config", "/etc/faastax/agent.yaml"]

FROM ${BASE} AS collector
COPY --from=packages /packages/faastax-collector_*.deb /packages/
RUN apt-get update && apt-get install -y --no-install-recommends /packages/*.deb && \
    rm -rf /packages /var/lib/apt/lists/* /var/cache/* /var/log/* && \
    install -d -m 0700 -o 65532 -g 65532 /var/lib/faastax-collector
USER 65532:65532
VOLUME /var/lib/faastax-collector
EXPOSE 9465 9466
ENTRYPOINT ["/usr/bin/faastax-collector"]
CMD ["--config", "/etc/faastax/collector.yaml"]

FROM ${BASE} AS cli
COPY --from=packages /packages/faastax_*.deb /packages/
RUN apt-get update && apt-get install -y --no-install-recommends /packages/*.deb && \
    rm -rf /packages /var/lib/apt/lists/* /var/cache/* /var/log/*
ENTRYPOINT ["/usr/bin/faastax"]
