#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "avow/wire/json_parts.hpp"
#include "cli/committing.hpp"
#include "cli/exit_status.hpp"
#include "cli/verbs.hpp"

// `avow import`: the lines of stdin are operations that may be done again without harm. A batch of
// them is one turn, and is answered before the next is sent.

namespace avow::cli {
namespace {

constexpr std::size_t batch_lines = 1'000;
constexpr std::size_t batch_bytes = 256 << 10;

const Error unknown_line{
    "usage", "a line is {\"put\": VALUE}, {\"drop\": VALUE} or {\"slot\": KEY, \"fact\": VALUE}"};

// Adds what the line says.
Result<void> add_line(std::string_view line, Commit& commit) {
  AVOW_TRY(const wire::JsonDocument document, wire::JsonDocument::parse(line));
  if (!document.root().is(wire::JsonView::Kind::object)) return unknown_line;
  const std::vector<wire::JsonView::Member> members = document.root().members();
  std::optional<Value> subject;
  std::optional<Value> fact;
  std::string_view verb;
  for (const wire::JsonView::Member& member : members) {
    AVOW_TRY(Value value, wire::read_json_value(member.value, {}));
    if (member.key == "fact" && !fact) {
      fact = std::move(value);
    } else if (subject) {
      return unknown_line;
    } else {
      verb = member.key;
      subject = std::move(value);
    }
  }
  if (verb == "put" && !fact) {
    commit.put(*subject);
  } else if (verb == "drop" && !fact) {
    commit.drop(*subject);
  } else if (verb == "slot" && fact) {
    commit.slot(*subject, *fact);
  } else {
    return unknown_line;
  }
  return {};
}

class Importing {
 public:
  void begin(Session& session) {
    session_ = &session;
    committing_.emplace(session, "import the same lines again: nothing is done twice");
    session.loop().read_lines([this](const std::string& line) { on_line(line); },
                              [this] {
                                input_ended_ = true;
                                go_on();
                              });
  }

 private:
  struct Line {
    std::size_t number;
    std::string text;
  };

  void on_line(const std::string& text) {
    ++line_number_;
    if (session_->finishing() || text.find_first_not_of(" \t\r") == std::string::npos) return;
    waiting_bytes_ += text.size();
    waiting_.push_back({line_number_, text});
    go_on();
  }

  // Sends the next batch once it is whole and the one before has been answered. As long as there is
  // another to come, nothing more is read.
  void go_on() {
    const bool is_whole = waiting_.size() >= batch_lines || waiting_bytes_ >= batch_bytes;
    if (is_whole && is_busy_) return session_->loop().pause_reading();
    if (is_busy_ || !(is_whole || input_ended_) || session_->finishing()) return;
    if (waiting_.empty()) return end();
    Commit batch;
    const std::size_t lines = fill(batch);
    if (session_->finishing()) return;
    is_busy_ = true;
    TurnId id = first_;
    id.number = ++batches_;
    committing_->run(std::move(batch), id, [this, lines](Committed committed) {
      done_ += lines;
      last_ = std::move(committed);
      is_busy_ = false;
      session_->loop().resume_reading();
      go_on();
    });
  }

  // Moves lines into the batch; how many. A bad one ends the command.
  std::size_t fill(Commit& batch) {
    std::size_t lines = 0;
    std::size_t bytes = 0;
    while (!waiting_.empty() && lines < batch_lines && bytes < batch_bytes) {
      const Line line = std::move(waiting_.front());
      waiting_.pop_front();
      if (const Result<void> added = add_line(line.text, batch); !added.has_value()) {
        complain("line " + std::to_string(line.number) + ": " + added.error().detail);
        session_->finish(status_usage);
        return 0;
      }
      ++lines;
      bytes += line.text.size();
    }
    waiting_bytes_ -= bytes;
    return lines;
  }

  void end() {
    std::string line = "= imported " + std::to_string(done_) + (done_ == 1 ? " line" : " lines");
    if (last_) {
      line += last_->level == Level::durable ? ", durable rev " : ", in memory, rev ";
      line += std::to_string(last_->revision);
    }
    session_->print(session_->output().painted('=', line));
    session_->finish(status_done);
  }

  Session* session_ = nullptr;
  std::optional<Committing> committing_;
  const TurnId first_ = fresh_turn_id();
  std::deque<Line> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t batches_ = 0;
  std::size_t line_number_ = 0;
  std::size_t done_ = 0;
  std::optional<Committed> last_;
  bool is_busy_ = false;
  bool input_ended_ = false;
};

}  // namespace

int run(ImportOptions options) {
  Importing importing;
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { importing.begin(session); });
}

}  // namespace avow::cli
