#pragma once

#include <future>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <utility>

#include "server/transport/transport.hpp"
#include "tests/unit/transport/fake_conversation.hpp"

// A transport with fake conversations, which runs on a thread of its own while a test lasts.

namespace avow::server {

/// Limits that no test reaches by accident, on a machine however slow. A test of a deadline makes
/// that one short, waits for the end that it brings, and so never for a span of time.
inline TransportLimits patient_limits() {
  constexpr std::chrono::hours never{1};
  TransportLimits limits;
  limits.handshake_time_max = limits.message_time_max = never;
  limits.ping_interval = limits.silence_max = limits.write_stall_max = never;
  limits.close_time_max = limits.drain_time_max = never;
  return limits;
}

class TestServer {
 public:
  explicit TestServer(TransportLimits limits = patient_limits(),
                      std::chrono::microseconds spin = {})
      : transport_(
            {limits, {}, [](Severity, std::string_view) {}, spin},
            [this](Protocol protocol, Peer, Shell& shell, Moment) {
              auto conversation = std::make_unique<FakeConversation>(protocol, shell, journal);
              latest_ = conversation.get();
              return conversation;
            },
            [](const HttpRequest& request) { return answer(request); }) {}
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() { stop(); }

  /// Begins to serve `ws` and `tcp` on free ports of 127.0.0.1.
  void start() {
    websocket_port = port_of(transport_.listen_websocket({"127.0.0.1", 0}));
    tcp_port = port_of(transport_.listen_tcp({"127.0.0.1", 0}));
    thread_ = std::thread([this] { transport_.run(); });
  }

  /// Shuts down, and waits until every connection has come to its end.
  void stop() {
    if (!thread_.joinable()) return;
    transport_.shut_down();
    thread_.join();
  }

  /// Calls `work` on the transport's thread, and waits until that is done.
  template <class Work>
  auto on_its_thread(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    transport_.post([&task] { task(); });
    return result.get();
  }

  [[nodiscard]] TransportCounters counters() {
    return on_its_thread([this] { return transport_.counters(); });
  }
  [[nodiscard]] std::uint64_t cut_for(Cut reason) {
    return counters().cut[static_cast<std::size_t>(reason)];
  }
  void release_latest() {
    on_its_thread([this] { latest_->release(); });
  }

  Transport& transport() { return transport_; }

  Journal journal;
  std::uint16_t websocket_port = 0;
  std::uint16_t tcp_port = 0;

 private:
  static std::uint16_t port_of(const Result<std::string>& listening) {
    if (!listening) ADD_FAILURE() << listening.error().detail;
    return static_cast<std::uint16_t>(std::stoi(listening->substr(listening->rfind(':') + 1)));
  }

  static HttpResponse answer(const HttpRequest& request) {
    HttpResponse response;
    response.body = "the page at " + std::string(request.path);
    response.fields.emplace_back("ETag", "\"v1\"");
    if (request.if_none_match == "\"v1\"") {
      response.status = 304;
      response.body.clear();
    }
    return response;
  }

  Transport transport_;
  FakeConversation* latest_ = nullptr;
  std::thread thread_;
};

}  // namespace avow::server
