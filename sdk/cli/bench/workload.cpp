#include "cli/bench/workload.hpp"

#include <algorithm>
#include <limits>

namespace avow::cli::bench {
namespace {

constexpr std::uint64_t connecting_max = 64;
constexpr std::uint64_t events_of_turn = 1'000;
constexpr std::size_t bytes_of_turn_max = 512 << 10;

std::string no_answer() { return "The server did not answer in time."; }

std::string not_let_in(const Links& links) {
  const auto open =
      std::count_if(links.begin(), links.end(), [](const auto& link) { return link->is_open(); });
  return "The server is silent and has let " + std::to_string(open) + " of " +
         std::to_string(links.size()) +
         " connections in; it may have too few descriptors (ulimit -n where it runs).";
}

}  // namespace

Error lost(const std::string& sentence) { return {"lost", sentence}; }

Error wrong(std::string_view what, std::optional<std::uint64_t> came, std::uint64_t due) {
  std::string sentence = "A " + std::string(what) + " came that nobody published.";
  if (came) {
    sentence = "The " + std::string(what) + " number " + std::to_string(*came) +
               " came where number " + std::to_string(due) +
               (*came < due ? " was due: it came twice." : " was due: one was lost.");
  }
  return {"lost", sentence};
}

Result<void> not_interrupted() {
  if (Lane::interrupted() == 0) return {};
  return Error{"interrupted", "Interrupted before anything was measured."};
}

Result<Links> open_links(Run& run, std::uint64_t count) {
  Links links;
  while (links.size() < count) {
    // The first ones may be needed to clean up after an interrupt.
    if (!links.empty()) AVOW_TRY_VOID(not_interrupted());
    const std::size_t before = links.size();
    const std::uint64_t more = std::min(connecting_max, count - before);
    for (std::uint64_t i = 0; i < more; ++i) {
      links.push_back(std::make_unique<Link>(run.lane, run.place));
    }
    const auto are_open = [&] {
      return std::all_of(links.begin() + static_cast<std::ptrdiff_t>(before), links.end(),
                         [](const auto& link) { return link->is_open(); });
    };
    AVOW_TRY_VOID(run.lane.until(are_open, [&] { return not_let_in(links); }));
    run.lane.show(std::string(run.name) + ": connections", links.size());
  }
  return links;
}

Result<std::unique_ptr<Link>> open_link(Run& run) {
  AVOW_TRY(Links links, open_links(run, 1));
  return std::move(links.front());
}

Result<void> settle(Run& run, const Links& links) {
  for (const auto& link : links) AVOW_TRY_VOID(settle(run, *link));
  return {};
}

Result<void> settle(Run& run, Link& link) {
  return run.lane.until([&] { return link.is_answered(); }, no_answer);
}

Result<void> watch(Run& run, Link& link) {
  const std::uint64_t due = link.synced() + 1;
  link.observe(1, Numbered(run.number, run.settings.size, 0).any());
  link.send_frame();
  return run.lane.until([&] { return link.synced() >= due; }, no_answer);
}

Result<void> hold(Run& run, Link& link, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t fits = bytes_of_turn_max / (run.settings.size + 100);
  const std::uint64_t each = std::clamp<std::uint64_t>(fits, 1, events_of_turn);
  Numbered facts(run.number, run.settings.size, each);
  std::vector<Link::Event> events;
  for (std::uint64_t number = first; number < first + count;) {
    AVOW_TRY_VOID(not_interrupted());
    events.clear();
    for (; events.size() < each && number < first + count; ++number) {
      events.push_back({.target = link.space(),
                        .handle = number + 1,
                        .body = facts.write(events.size(), number, number),
                        .kind = wire::EventKind::publish});
    }
    link.ask(events);
    AVOW_TRY_VOID(settle(run, link));
    run.lane.show(std::string(run.name) + ": facts", number);
  }
  return {};
}

void Timing::finish(Report& report) const {
  report.seconds = std::max(1e-9, static_cast<double>(now_ns() - begin_ns_) / 1e9);
  report.driver_busy = (processor_seconds() - used_) / report.seconds;
}

Ending::Ending(const Settings& settings)
    : count_(settings.count != 0 ? settings.count : std::numeric_limits<std::uint64_t>::max()),
      end_ns_(std::numeric_limits<std::uint64_t>::max()) {
  if (settings.duration.count() > 0) {
    end_ns_ = now_ns() + static_cast<std::uint64_t>(settings.duration.count()) * 1'000'000;
  }
}

// To ask for signals costs a system call.
bool Ending::has_come(std::uint64_t done) {
  constexpr std::uint64_t between_looks_ns = 1'000'000;
  const std::uint64_t now = now_ns();
  has_come_ = has_come_ || done >= count_ || now >= end_ns_;
  if (has_come_ || now < look_ns_) return has_come_;
  look_ns_ = now + between_looks_ns;
  has_come_ = Lane::interrupted() != 0;
  return has_come_;
}

Ceiling measure_ceiling(const Settings& settings) {
  constexpr std::uint64_t long_enough_ns = 50'000'000;
  const std::uint64_t batch = settings.batch;
  Numbered numbered(0, settings.size, batch);
  const Bytes captures = numbered.captures(0);
  const std::vector<Link::Event> told(
      batch, {.target = 1, .handle = 1, .body = captures, .kind = wire::EventKind::message});
  Bytes frame;
  wire::native::append_batch(frame, {.events = told});
  const auto rate = [&](const auto& work) {
    const std::uint64_t begin = now_ns();
    std::uint64_t done = 0;
    while (now_ns() - begin < long_enough_ns) done += work();
    return static_cast<double>(done) / (static_cast<double>(now_ns() - begin) / 1e9);
  };
  Ceiling ceiling;
  std::vector<Link::Event> events;
  ceiling.writes = rate([&] {
    events.clear();
    for (std::uint64_t i = 0; i < batch; ++i) {
      events.push_back(
          {.target = 1, .body = numbered.write(i, i, i), .kind = wire::EventKind::message});
    }
    Bytes turn;
    wire::native::append_turn(turn, {.number = 1, .events = events});
    return turn.empty() ? 0 : batch;
  });
  ceiling.reads = rate([&] {
    std::uint64_t read = 0;
    auto reader = wire::native::ServerFrameReader::open(frame, {.bytes_max = 256 << 20});
    const auto message = reader->next();
    const auto* const one = std::get_if<Link::Batch>(&**message);
    for (const Link::Event& event : one->events) read += numbered.number_in(event.body) ? 1U : 0U;
    return read;
  });
  return ceiling;
}

}  // namespace avow::cli::bench
