#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/rendering.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

// Reads lines only as fast as the server takes their messages.
constexpr std::size_t unanswered_max = 1000;

Bare bare_of(const SendOptions& options) { return options.bare ? Bare::taken : Bare::refused; }

class Sending {
 public:
  Sending(const SendOptions& options, std::vector<Value> messages)
      : options_(options), messages_(std::move(messages)) {}

  void begin(Session& session) {
    session_ = &session;
    if (!messages_.empty()) send(std::move(messages_));
    if (std::find(options_.values.begin(), options_.values.end(), "-") == options_.values.end()) {
      return end_of_input();
    }
    session.loop().read_lines([this](const std::string& line) { on_line(line); },
                              [this] { end_of_input(); });
  }

 private:
  // All of them in one turn.
  void send(std::vector<Value> messages) {
    ++unanswered_;
    session_->client().turn(
        [&](Turn& turn) {
          for (Value& message : messages) turn.send(std::move(message));
        },
        [this](const Result<Receipt>& receipt) { on_receipt(receipt); });
  }

  void on_line(const std::string& line) {
    if (session_->finishing() || line.find_first_not_of(" \t") == std::string::npos) return;
    std::optional<Value> message = accept_fact(line, bare_of(options_), "send");
    if (!message) return session_->finish(status_usage);
    send({*std::move(message)});
    if (unanswered_ >= unanswered_max) session_->loop().pause_reading();
  }

  void on_receipt(const Result<Receipt>& receipt) {
    if (!receipt.has_value()) return session_->fail(receipt.error());
    revision_ = std::max(revision_, receipt->revision());
    --unanswered_;
    session_->loop().resume_reading();
    end_when_done();
  }

  void end_of_input() {
    input_ended_ = true;
    end_when_done();
  }

  void end_when_done() {
    if (!input_ended_ || unanswered_ > 0) return;
    if (options_.json) session_->print(receipt_line("sent", revision_, true));
    session_->finish(status_done);
  }

  const SendOptions& options_;
  std::vector<Value> messages_;
  Session* session_ = nullptr;
  std::size_t unanswered_ = 0;
  std::uint64_t revision_ = 0;
  bool input_ended_ = false;
};

}  // namespace

int run(SendOptions options) {
  std::vector<Value> messages;
  for (const std::string& text : options.values) {
    if (text == "-") continue;
    std::optional<Value> message = accept_fact(text, bare_of(options), "send");
    if (!message) return status_usage;
    messages.push_back(*std::move(message));
  }
  Sending sending(options, std::move(messages));
  return with_session(options.target, WhenLost::give_up,
                      [&](Session& session) { sending.begin(session); });
}

}  // namespace avow::cli
