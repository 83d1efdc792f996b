#include <array>
#include <optional>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/wire/keeper.hpp"
#include "avow/wire/preserves.hpp"
#include "tests/bench/sockets/asker.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

namespace keeper = wire::keeper;
namespace native = wire::native;

constexpr std::uint64_t keeper_observer = 1;
constexpr std::uint64_t answered = 2;
constexpr std::size_t at_a_time = 500;  // Operations of a commit that fills.

Value entry(std::uint64_t number) {
  return record("f", "k." + std::to_string(1'000'000 + number), payload_text());
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
    take_options_ = keeper::to_value(consumes);
    keeper::Operations operations;
    operations.take(jobs_);
    take_ = operations.finish();
  }

  const Socket& socket() const override { return session_.socket; }
  void write(std::uint64_t number) override {
    keeper::Operations operations;
    operations.put(entry(number));
    ask(operations.finish(), write_options_);
  }
  void take_job() override { ask(take_, take_options_); }
  // What is taken is held by the session until it is acknowledged, with the take of the next.
  void lease_job() override {
    keeper::Operations operations;
    if (held_) operations.ack(*held_);
    operations.take(jobs_);
    ask(operations.finish(), write_options_);
  }
  void commit(keeper::Operations operations) {
    ask(operations.finish(), write_options_);
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
  // A retract of the last request, whose answer has been read, and the next one.
  void ask(const Value& operations, const Value& options) {
    const Value request = keeper::commit_request(operations, options, own_reference(answered));
    const std::array events{
        native::Event{.target = *keeper_, .handle = last_handle_, .kind = wire::EventKind::retract},
        native::Event{.target = *keeper_,
                      .handle = last_handle_ + 1,
                      .body = request.bytes(),
                      .kind = wire::EventKind::publish}};
    const std::span<const native::Event> all(events);
    session_.begin_turn(has_asked_ ? all : all.last(1));
    has_asked_ = true;
    ++last_handle_;
  }

  bool take(const native::Event& event) {
    if (event.kind != wire::EventKind::publish) return false;
    const Value told = wire::decode_value(event.body).value();
    if (event.target != answered) {
      const auto reference = wire::parse_wire_reference(*told.view().element(0)).value();
      keeper_ = static_cast<std::uint64_t>(*reference.oid.small());
      return false;
    }
    const Result<keeper::Committed> committed = keeper::read_committed(told);
    if (!committed) fail("a commit was refused");
    const auto taken = keeper::read_taken(committed->results.back().view());
    held_ = taken ? std::optional(taken->id) : std::nullopt;
    return true;
  }

  NativeSession session_;
  std::optional<std::uint64_t> keeper_;
  std::uint64_t last_handle_ = 10;
  bool has_asked_ = false;
  Value write_options_ = keeper::to_value(keeper::CommitOptions{});
  Value take_options_;
  Value jobs_ = parse_pattern_text("<job $>").value().pattern.to_value();
  Value take_;
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
