#include <array>
#include <deque>
#include <functional>

#include "avow/model/pattern_text.hpp"
#include "avow/wire/keeper.hpp"
#include "avow/wire/preserves.hpp"
#include "cli/bench/roll.hpp"
#include "cli/bench/workload.hpp"

// durable: each writer has one commit of one put on its way, and sends the next when that is
// answered. At the end a client that joins late must be told of exactly what was answered; then all
// of it is dropped.

namespace avow::cli::bench {
namespace {

namespace keeper = wire::keeper;

// Entities of each writer: who is told of the keeper, and whom the keeper answers.
constexpr std::uint64_t keeper_observer = 1;
constexpr std::uint64_t answered = 2;

struct Writer {
  std::unique_ptr<Link> link;
  std::optional<std::uint64_t> keeper;
  std::uint64_t request = 10;  // The handle of the last.
  std::uint64_t sent_ns = 0;
  bool waits = false;
};

// A retract of the last request, whose answer is not needed any more, and the next one.
void ask_keeper(Writer& writer, const Value& operations) {
  const Value request = keeper::commit_request(
      operations, keeper::to_value(keeper::CommitOptions{}), own_reference(answered));
  const std::array events{
      Link::Event{
          .target = *writer.keeper, .handle = writer.request, .kind = wire::EventKind::retract},
      Link::Event{.target = *writer.keeper,
                  .handle = writer.request + 1,
                  .body = request.bytes(),
                  .kind = wire::EventKind::publish}};
  ++writer.request;
  writer.waits = true;
  writer.link->add_turn(events);
  writer.link->send_frame();
}

// `[#:[0 oid]]`, an entity of the server.
std::optional<std::uint64_t> oid_in(const Value& captures) {
  const auto embedded = captures.view().element(0);
  if (!embedded || embedded->kind() != Kind::embedded) return std::nullopt;
  const auto reference = wire::parse_wire_reference(*embedded);
  const auto oid = reference ? reference->oid.small() : std::nullopt;
  return oid && *oid >= 0 ? std::optional(static_cast<std::uint64_t>(*oid)) : std::nullopt;
}

class Durable {
 public:
  explicit Durable(Run& run) : run_(run), numbered_(run.number, run.settings.size, 1) {
    report_ = {.unit = "commits"};
  }

  Result<void> result() {
    Result<void> done = write();
    if (done) done = check();
    if (done) done = drop();
    if (done || sent_ == 0) return done;
    return Error{done.error().code,
                 done.error().detail + " What was written stays until it is dropped: avow query '" +
                     numbered_.pattern_text() + "'."};
  }

 private:
  Result<void> begin() {
    const Value pattern = parse_pattern_text("<avow-service keeper $>").value().pattern.to_value();
    AVOW_TRY(Links links, open_links(run_, run_.settings.connections));
    for (auto& link : links) {
      Writer& writer = writers_.emplace_back();
      writer.link = std::move(link);
      writer.link->on_batch([this, &writer](const Link::Batch& batch) { take(writer, batch); });
      writer.link->observe(keeper_observer, pattern);
      writer.link->ask({});
    }
    for (Writer& writer : writers_) {
      AVOW_TRY_VOID(settle(run_, *writer.link));
      if (!writer.keeper) return Error{"unsupported", "The space offers no keeper."};
    }
    return {};
  }

  Result<void> write() {
    AVOW_TRY_VOID(begin());
    Ending ending(run_.settings);
    run_.timing.emplace();
    is_over_ = [&] { return ending.has_come(sent_); };
    for (Writer& writer : writers_) next(writer);
    AVOW_TRY_VOID(run_.lane.until([&] { return waiting_ == 0; }, [&] { return missing(); }));
    is_over_ = [] { return true; };
    run_.timing->finish(report_);
    if (level_ == Level::accepted) {
      report_.note = "The server keeps it in memory: nothing was written to a disk.";
    }
    return {};
  }

  void next(Writer& writer) {
    if (is_over_()) return;
    keeper::Operations operations;
    operations.put(ValueView(numbered_.write(0, sent_, sent_)));
    ++sent_;
    ++waiting_;
    writer.sent_ns = now_ns();
    ask_keeper(writer, operations.finish());
  }

  void take(Writer& writer, const Link::Batch& batch) {
    for (const Link::Event& event : batch.events) {
      if (event.kind != wire::EventKind::publish) continue;
      const Result<Value> told = wire::decode_value(event.body);
      if (!told) return run_.lane.fail(told.error());
      if (event.target == answered) {
        take_answer(writer, *told);
      } else if (!writer.keeper) {
        writer.keeper = oid_in(*told);
      }
    }
  }

  void take_answer(Writer& writer, const Value& answer) {
    const auto committed = keeper::read_committed(answer);
    if (!committed) return run_.lane.fail(committed.error());
    if (!writer.waits) return run_.lane.fail(lost("A commit was answered twice."));
    writer.waits = false;
    level_ = committed->level;
    --waiting_;
    if (is_dropping_) return;
    ++report_.count;
    report_.delay.record(now_ns() - writer.sent_ns);
    run_.lane.show(std::string(run_.name), report_.count);
    next(writer);
  }

  // All that was answered is there, once, and nothing else.
  Result<void> check() {
    AVOW_TRY(const std::unique_ptr<Link> link, open_link(run_));
    Roll roll(sent_);
    link->on_batch([&](const Link::Batch& batch) {
      for (const Link::Event& event : batch.events) {
        const auto number = numbered_.number_in(event.body);
        if (!roll.enter(number)) return run_.lane.fail(not_once(number));
      }
    });
    AVOW_TRY_VOID(watch(run_, *link));
    if (roll.missing() == 0) return {};
    return lost(std::to_string(roll.missing()) + " of " + std::to_string(sent_) +
                " commits were answered, and are not there.");
  }

  Result<void> drop() {
    constexpr std::uint64_t at_a_time = 1'000;
    constexpr std::uint64_t bytes_max = 512 << 10;
    is_dropping_ = true;
    for (std::uint64_t number = 0; number < sent_;) {
      keeper::Operations operations;
      while (number < sent_ && operations.count() < at_a_time &&
             operations.count() * numbered_.size() < bytes_max) {
        operations.drop(ValueView(numbered_.write(0, number, number)));
        ++number;
      }
      ++waiting_;
      ask_keeper(writers_.front(), operations.finish());
      AVOW_TRY_VOID(run_.lane.until([&] { return waiting_ == 0; }, [&] { return missing(); }));
    }
    return {};
  }

  [[nodiscard]] std::string missing() const {
    return std::to_string(waiting_) + " commits were not answered, and the server is silent.";
  }

  Run& run_;
  Numbered numbered_;
  std::deque<Writer> writers_;  // They stay where they are.
  std::function<bool()> is_over_;
  std::uint64_t sent_ = 0;
  std::uint64_t waiting_ = 0;
  bool is_dropping_ = false;
  Level level_ = Level::durable;
  Report& report_ = run_.report;
};

}  // namespace

Result<void> run_durable(Run& run) { return Durable(run).result(); }

}  // namespace avow::cli::bench
