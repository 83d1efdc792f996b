#include "avow/raw.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/client/failure.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"
#include "cli/exit_status.hpp"
#include "cli/loop.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

// `avow raw`: a line of stdin is a frame of the JSON protocol, a frame that comes back is a line.

namespace avow::cli {
namespace {

// When the input has ended, the command asks once more, under an id that nobody types, and goes
// when that is answered: then all that came before has been answered too.
constexpr std::int64_t last_id = 9'007'199'254'740'991;

std::string last_question() { return "{\"sync\":true,\"id\":" + std::to_string(last_id) + "}"; }

// Whether a frame, a list of events, answers the last question, and whether it says something else.
struct LastAnswer {
  bool there = false;
  bool others = false;
};

bool answers_last_question(const wire::JsonView& event) {
  if (!event.is(wire::JsonDocument::Kind::object)) return false;
  for (const wire::JsonView::Member& member : event.members()) {
    if (member.key == "id") return member.value.as_int64() == last_id;
  }
  return false;
}

LastAnswer find_last_answer(const std::string& frame) {
  LastAnswer found;
  const Result<wire::JsonDocument> parsed = wire::JsonDocument::parse(frame);
  if (!parsed.has_value()) return found;
  const wire::JsonView root = parsed->root();
  if (!root.is(wire::JsonDocument::Kind::array)) return {answers_last_question(root), false};
  for (const wire::JsonView event : root) {
    (answers_last_question(event) ? found.there : found.others) = true;
  }
  return found;
}

class Raw {
 public:
  explicit Raw(RawOptions options) : options_(std::move(options)) {}

  int run() {
    loop_.on_interrupt([this](int signal) { leave(status_interrupted + signal); });
    loop_.on_reader_gone([this] { leave(status_interrupted + SIGPIPE); });
    boost::asio::co_spawn(loop_.context(), converse(), boost::asio::detached);
    return loop_.run();
  }

 private:
  boost::asio::awaitable<void> converse() {
    try {
      link_.emplace(co_await RawLink::open(options_.target.url, "avow.json.v1"));
      open_space();
      read_input();
      while (const std::optional<std::string> frame = co_await link_->receive()) {
        const LastAnswer last = find_last_answer(*frame);
        const bool shown = !last.there || last.others;
        if (shown && !output_.line(*frame)) co_return leave(status_interrupted + SIGPIPE);
        if (last.there) co_return leave(status_done);
      }
      // The server has ended it, and said why in what was shown.
      leave(status_refused);
    } catch (const Failure& failure) {
      complain(failure.error().detail);
      loop_.end(status_of(failure.error()));
    }
  }

  void open_space() {
    std::string reference = options_.target.reference;
    if (!options_.target.space.empty()) {
      const Value oid = record("space", Value::string(options_.target.space));
      reference = to_text(SturdyReference::mint({}, oid).to_value());
    }
    if (reference.empty()) return;
    std::string frame = "{\"open\":";
    wire::append_json_string(frame, reference);
    link_->send(frame + "}");
  }

  void read_input() {
    loop_.read_lines(
        [this](const std::string& line) {
          if (line.find_first_not_of(" \t") != std::string::npos) link_->send(line);
        },
        [this] { link_->send(last_question()); });
  }

  // Says good-bye, and ends.
  void leave(int status) {
    if (std::exchange(leaving_, true)) return;
    if (!link_) return loop_.end(status);
    boost::asio::co_spawn(loop_.context(), link_->close(),
                          [this, status](const std::exception_ptr&) { loop_.end(status); });
  }

  RawOptions options_;
  Loop loop_;
  Output output_;
  std::optional<RawLink> link_;
  bool leaving_ = false;
};

}  // namespace

int run(RawOptions options) { return Raw(std::move(options)).run(); }

}  // namespace avow::cli
