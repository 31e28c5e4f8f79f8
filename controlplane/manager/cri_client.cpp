// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/cri_client.hpp"

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <thread>

#include "proto/containerd_events.grpc.pb.h"
#include "proto/cri.grpc.pb.h"

namespace faastax::manager {
namespace {

namespace cri = runtime::v1;
namespace events = containerd::services::events::v1;
using namespace std::chrono_literals;

constexpr auto kCallLimit = 20s;
constexpr int kFirstReconnectMs = 50;
constexpr int kSlowestReconnectMs = 500;
constexpr std::int64_t kNobody = 65534;
constexpr std::int64_t kCpuPeriodUs = 100'000;

std::shared_ptr<grpc::Channel> connect(const std::filesystem::path& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kSlowestReconnectMs);
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  return grpc::CreateCustomChannel("unix:" + socket.string(), grpc::InsecureChannelCredentials(), arguments);
}

CriError error_of(const char* call, const grpc::Status& status) {
  const bool unavailable = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                           status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  const bool not_found = status.error_code() == grpc::StatusCode::NOT_FOUND;
  return {unavailable, not_found, std::string(call) + ": " + status.error_message()};
}

cri::PodSandboxConfig message_of(const PodConfig& config) {
  cri::PodSandboxConfig message;
  message.mutable_metadata()->set_name(config.name);
  message.mutable_metadata()->set_uid(config.uid);
  message.mutable_metadata()->set_namespace_(config.space);
  message.mutable_metadata()->set_attempt(config.attempt);
  message.set_hostname(config.hostname);
  message.mutable_labels()->insert(config.labels.begin(), config.labels.end());
  message.mutable_linux()->set_cgroup_parent(config.cgroup_parent);
  message.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(cri::CONTAINER);
  return message;
}

void fill(cri::ContainerConfig& message, const ContainerConfig& container, const PodConfig& pod) {
  message.mutable_metadata()->set_name(container.name);
  message.mutable_metadata()->set_attempt(pod.attempt);
  message.mutable_image()->set_image(container.image);
  for (const std::string& argument : container.arguments) message.add_args(argument);
  message.mutable_labels()->insert(pod.labels.begin(), pod.labels.end());
  auto& resources = *message.mutable_linux()->mutable_resources();
  resources.set_memory_limit_in_bytes(static_cast<std::int64_t>(container.memory_limit_bytes));
  if (container.cpu_limit_cores > 0) {
    resources.set_cpu_period(kCpuPeriodUs);
    resources.set_cpu_quota(static_cast<std::int64_t>(container.cpu_limit_cores * kCpuPeriodUs));
  }
  auto& security = *message.mutable_linux()->mutable_security_context();
  security.mutable_namespace_options()->set_pid(cri::CONTAINER);
  security.mutable_run_as_user()->set_value(kNobody);
  security.mutable_run_as_group()->set_value(kNobody);
  security.set_readonly_rootfs(true);
  security.set_no_new_privs(true);
}

std::map<std::string, std::string> labels_of(const google::protobuf::Map<std::string, std::string>& labels) {
  return {labels.begin(), labels.end()};
}

// The CRI wants these calls to do nothing for what is gone; containerd 1.6 says so.
template <class Response>
CriResult<void> unless_gone(const CriResult<Response>& response) {
  if (response || response.error().not_found) return {};
  return std::unexpected(response.error());
}

}  // namespace

struct CriClient::Impl {
  explicit Impl(const std::filesystem::path& socket)
      : channel(connect(socket)),
        stub(cri::RuntimeService::NewStub(channel)),
        event_stub(events::Events::NewStub(channel)) {}

  template <class Request, class Response>
  CriResult<Response> call(const char* name,
                           grpc::Status (cri::RuntimeService::Stub::*method)(grpc::ClientContext*,
                                                                             const Request&, Response*),
                           const Request& request, std::chrono::milliseconds limit = kCallLimit) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    context.set_wait_for_ready(true);
    Response response;
    const grpc::Status status = ((*stub).*method)(&context, request, &response);
    if (!status.ok()) return std::unexpected(error_of(name, status));
    return response;
  }

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<cri::RuntimeService::Stub> stub;
  std::unique_ptr<events::Events::Stub> event_stub;
  std::mutex mutex;  ///< guards the two below
  grpc::ClientContext* watching = nullptr;
  bool stopped = false;
};

CriClient::CriClient(const std::filesystem::path& socket) : impl_(std::make_unique<Impl>(socket)) {}
CriClient::~CriClient() = default;

bool CriClient::wait_until_it_answers(std::chrono::milliseconds limit) {
  return impl_->call("Version", &cri::RuntimeService::Stub::Version, cri::VersionRequest(), limit)
      .has_value();
}

CriResult<std::string> CriClient::run_pod(const PodConfig& config) {
  cri::RunPodSandboxRequest request;
  *request.mutable_config() = message_of(config);
  const auto response = impl_->call("RunPodSandbox", &cri::RuntimeService::Stub::RunPodSandbox, request);
  if (!response) return std::unexpected(response.error());
  return response->pod_sandbox_id();
}

CriResult<std::string> CriClient::pod_address(const std::string& pod) {
  cri::PodSandboxStatusRequest request;
  request.set_pod_sandbox_id(pod);
  const auto response =
      impl_->call("PodSandboxStatus", &cri::RuntimeService::Stub::PodSandboxStatus, request);
  if (!response) return std::unexpected(response.error());
  if (response->status().network().ip().empty())
    return std::unexpected(CriError{false, false, "PodSandboxStatus: the pod has no address"});
  return response->status().network().ip();
}

CriResult<std::string> CriClient::create_container(const std::string& pod, const ContainerConfig& container,
                                                   const PodConfig& config) {
  cri::CreateContainerRequest request;
  request.set_pod_sandbox_id(pod);
  fill(*request.mutable_config(), container, config);
  *request.mutable_sandbox_config() = message_of(config);
  const auto response = impl_->call("CreateContainer", &cri::RuntimeService::Stub::CreateContainer, request);
  if (!response) return std::unexpected(response.error());
  return response->container_id();
}

CriResult<void> CriClient::start_container(const std::string& container) {
  cri::StartContainerRequest request;
  request.set_container_id(container);
  const auto response = impl_->call("StartContainer", &cri::RuntimeService::Stub::StartContainer, request);
  if (!response) return std::unexpected(response.error());
  return {};
}

CriResult<void> CriClient::stop_container(const std::string& container, std::chrono::seconds grace) {
  cri::StopContainerRequest request;
  request.set_container_id(container);
  request.set_timeout(grace.count());
  const auto response =
      impl_->call("StopContainer", &cri::RuntimeService::Stub::StopContainer, request, grace + kCallLimit);
  return unless_gone(response);
}

CriResult<void> CriClient::stop_pod(const std::string& pod) {
  cri::StopPodSandboxRequest request;
  request.set_pod_sandbox_id(pod);
  const auto response = impl_->call("StopPodSandbox", &cri::RuntimeService::Stub::StopPodSandbox, request);
  return unless_gone(response);
}

CriResult<void> CriClient::remove_pod(const std::string& pod) {
  cri::RemovePodSandboxRequest request;
  request.set_pod_sandbox_id(pod);
  const auto response =
      impl_->call("RemovePodSandbox", &cri::RuntimeService::Stub::RemovePodSandbox, request);
  return unless_gone(response);
}

CriResult<std::vector<ListedPod>> CriClient::list_pods(const std::string& label, const std::string& value) {
  cri::ListPodSandboxRequest request;
  if (!label.empty()) (*request.mutable_filter()->mutable_label_selector())[label] = value;
  const auto response = impl_->call("ListPodSandbox", &cri::RuntimeService::Stub::ListPodSandbox, request);
  if (!response) return std::unexpected(response.error());
  std::vector<ListedPod> pods;
  for (const cri::PodSandbox& pod : response->items()) {
    pods.push_back({.id = pod.id(),
                    .space = pod.metadata().namespace_(),
                    .name = pod.metadata().name(),
                    .attempt = pod.metadata().attempt(),
                    .ready = pod.state() == cri::SANDBOX_READY,
                    .labels = labels_of(pod.labels())});
  }
  return pods;
}

CriResult<std::vector<ListedContainer>> CriClient::list_containers(const std::string& label,
                                                                   const std::string& value) {
  cri::ListContainersRequest request;
  (*request.mutable_filter()->mutable_label_selector())[label] = value;
  const auto response = impl_->call("ListContainers", &cri::RuntimeService::Stub::ListContainers, request);
  if (!response) return std::unexpected(response.error());
  std::vector<ListedContainer> containers;
  for (const cri::Container& one : response->containers()) {
    containers.push_back({one.id(), one.pod_sandbox_id(), one.state() == cri::CONTAINER_RUNNING});
  }
  return containers;
}

CriResult<ContainerEnd> CriClient::container_status(const std::string& container) {
  cri::ContainerStatusRequest request;
  request.set_container_id(container);
  const auto response = impl_->call("ContainerStatus", &cri::RuntimeService::Stub::ContainerStatus, request);
  if (!response) return std::unexpected(response.error());
  const cri::ContainerStatus& status = response->status();
  return ContainerEnd{status.state() == cri::CONTAINER_EXITED, status.exit_code(), status.reason()};
}

void CriClient::watch(const std::function<void()>& connected,
                      const std::function<void(const TaskEnd&)>& ended) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) return;
    impl_->watching = &context;
  }
  events::SubscribeRequest request;
  request.add_filters("topic==\"/tasks/exit\",namespace==\"k8s.io\"");
  const auto reader = impl_->event_stub->Subscribe(&context, request);
  // containerd sends no header before the first event: once the channel is ready the subscription is on its
  // way, and ahead of every call that is made from here on.
  while (impl_->channel->GetState(true) != GRPC_CHANNEL_READY) {
    impl_->channel->WaitForConnected(std::chrono::system_clock::now() + 1s);
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) break;
  }
  connected();
  events::Envelope envelope;
  while (reader->Read(&envelope)) {
    events::TaskEvent event;
    // A process of an exec has an id of its own.
    if (event.ParseFromString(envelope.event().value()) && event.id() == event.container_id())
      ended({event.container_id()});
  }
  reader->Finish();
  std::this_thread::sleep_for(std::chrono::milliseconds(kFirstReconnectMs));  // a refusal comes at once
  const std::lock_guard lock(impl_->mutex);
  impl_->watching = nullptr;
}

void CriClient::stop_watching() {
  const std::lock_guard lock(impl_->mutex);
  impl_->stopped = true;
  if (impl_->watching != nullptr) impl_->watching->TryCancel();
}

}  // namespace faastax::manager
