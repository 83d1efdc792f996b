#include <algorithm>
#include <optional>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/wire/keeper.hpp"
#include "avow/wire/preserves.hpp"
#include "tests/bench/sockets/asker.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/request_frame.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

namespace keeper = wire::keeper;
namespace native = wire::native;

constexpr std::uint64_t keeper_observer = 1;
constexpr std::uint64_t answered = 2;
constexpr std::size_t at_a_time = 500;  // Operations of a commit that fills.

std::string key(std::uint64_t number) { return "k." + std::to_string(1'000'000 + number); }

Value entry(std::uint64_t number) { return record("f", key(number), payload_text()); }

Value put(std::uint64_t number) {
  keeper::Operations operations;
  operations.put(entry(number));
  return operations.finish();
}

Value take_operation(const Value& pattern) {
  keeper::Operations operations;
  operations.take(pattern);
  return operations.finish();
}

/// What all answers begin with that say that a commit took effect.
bool is_ok(ByteView answer) {
  static const Value sample = record("ok", true);
  const ByteView label = sample.bytes().first(sample.bytes().size() - 2);
  return answer.size() > label.size() && std::ranges::equal(answer.first(label.size()), label);
}

class NativeAsker final : public Asker {
 public:
  NativeAsker(std::uint16_t port, std::string_view space) : session_(port, space) {
    const Value interest = observe_value("<avow-service keeper $>", keeper_observer);
    const native::Event event{.target = session_.space,
                              .handle = keeper_observer,
                              .body = interest.bytes(),
                              .kind = wire::EventKind::publish};
    session_.begin_turn({&event, 1});
    while (!keeper_) (void)take(session_.socket.receive());
    keeper::CommitOptions consumes;
    consumes.ack = true;
    const Value takes = keeper::to_value(consumes);
    take_.emplace(*keeper_, keeper::commit_request(take_operation(jobs_), takes, answer_));
    write_.emplace(*keeper_, keeper::commit_request(put(0), options_, answer_));
    key_at_ = write_->find(key(0));
  }

  const Socket& socket() const override { return session_.socket; }
  void write(std::uint64_t number) override {
    write_->write_over(key_at_, key(number));
    ask(*write_);
  }
  void take_job() override { ask(*take_); }
  // What is taken is held by the session until it is acknowledged, with the take of the next.
  void lease_job() override {
    keeper::Operations operations;
    if (held_) operations.ack(*held_);
    operations.take(jobs_);
    ask(std::move(operations));
  }
  void commit(keeper::Operations operations) {
    ask(std::move(operations));
    while (!take(session_.socket.receive())) {
    }
  }

  bool take(ByteView bytes) override {
    bool is_answered = false;
    session_.messages.take(bytes, [&](const native::ServerMessage& message) {
      const auto* const batch = std::get_if<native::Batch>(&message);
      if (batch == nullptr) return;
      for (const native::Event& event : batch->events) {
        is_answered = take(event) || is_answered;
      }
    });
    return is_answered;
  }

 private:
  // A retract of the last request, whose answer has been read, and the next one. Of the first the
  // retract names nothing, which is ignored.
  void ask(RequestFrame& request) {
    session_.socket.send(request.numbered(++session_.turns, last_handle_++));
    reads_answer_ = false;
  }
  void ask(keeper::Operations operations) {
    RequestFrame request(*keeper_, keeper::commit_request(operations.finish(), options_, answer_));
    ask(request);
    reads_answer_ = true;
  }

  bool take(const native::Event& event) {
    if (event.kind != wire::EventKind::publish) return false;
    if (event.target != answered) {
      find_keeper(event.body);
    } else if (reads_answer_) {
      read(event.body);
    } else if (!is_ok(event.body)) {
      fail("a commit was refused");
    }
    return event.target == answered;
  }
  void find_keeper(ByteView advert) {
    const Value told = wire::decode_value(advert).value();
    const auto reference = wire::parse_wire_reference(*told.view().element(0)).value();
    keeper_ = static_cast<std::uint64_t>(*reference.oid.small());
  }
  void read(ByteView answer) {
    const Value told = wire::decode_value(answer).value();
    const Result<keeper::Committed> committed = keeper::read_committed(told);
    if (!committed) fail("a commit was refused");
    held_.reset();
    if (committed->results.empty()) return;
    const auto taken = keeper::read_taken(committed->results.back().view());
    if (taken) held_ = taken->id;
  }

  NativeSession session_;
  std::optional<std::uint64_t> keeper_;
  std::uint64_t last_handle_ = 10;
  bool reads_answer_ = false;  // Of the last request: what was taken is to be known.
  Value answer_ = own_reference(answered);
  Value options_ = keeper::to_value(keeper::CommitOptions{});
  Value jobs_ = parse_pattern_text("<job $>").value().pattern.to_value();
  std::optional<RequestFrame> take_;
  std::optional<RequestFrame> write_;
  std::size_t key_at_ = 0;             // Of what `write_` writes.
  std::optional<std::uint64_t> held_;  // The item that was taken last.
};

}  // namespace

std::unique_ptr<Asker> native_asker(std::uint16_t port, std::string_view space) {
  return std::make_unique<NativeAsker>(port, space);
}

void fill_native_entries(std::uint16_t port, std::size_t count) {
  NativeAsker asker(port, {});
  for (std::size_t put = 0; put < count;) {
    keeper::Operations operations;
    while (put < count && operations.count() < at_a_time) operations.put(entry(put++));
    asker.commit(std::move(operations));
  }
}

void fill_native_queue(std::uint16_t port, std::size_t count) {
  NativeAsker asker(port, {});
  for (std::size_t put = 0; put < count;) {
    keeper::Operations operations;
    for (; put < count && operations.count() < at_a_time; ++put) {
      operations.item(record("job", payload_text()));
    }
    asker.commit(std::move(operations));
  }
}

}  // namespace avow::bench
