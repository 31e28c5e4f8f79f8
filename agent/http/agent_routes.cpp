// SPDX-License-Identifier: Apache-2.0
#include "agent/http/agent_routes.hpp"

#include <utility>

namespace faastax::http {
namespace {

constexpr auto kExpositionFormat = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

Router agent_routes(AgentSources sources) {
  Router router;
  router.add("/metrics", [metrics = std::move(sources.metrics)](const Request& request) {
    Response response{.content_type = kExpositionFormat};
    if (request.method == Method::kGet) response.body = metrics(request.peer + " " + request.user_agent);
    return response;
  });
  router.add("/healthz", [](const Request&) { return Response{.body = "ok\n"}; });
  router.add("/readyz", [ready = std::move(sources.ready)](const Request&) {
    const auto state = ready();
    return state ? Response{.body = "ready\n"} : Response{.status = 503, .body = state.error() + "\n"};
  });
  return router;
}

}  // namespace faastax::http
