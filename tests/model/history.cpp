#include "tests/model/history.hpp"

#include <algorithm>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/text.hpp"
#include "tests/support/random.hpp"
#include "tests/support/random_values.hpp"

namespace avow::test {
namespace {

using server::Cause;

std::vector<ReferenceId> some_references() {
  return {ReferenceId{1}, ReferenceId{2}, ReferenceId{3}, ReferenceId{700}};
}

// Few values, drawn again and again, so that they meet.
class HistoryMaker {
 public:
  explicit HistoryMaker(std::uint64_t seed) : random_(seed) {
    const std::size_t facts = random_.chance(1, 20) ? 90 : 3 + random_.below(10);
    for (std::size_t i = 0; i < facts; ++i) facts_.push_back(make_fact());
    const std::size_t observers = 1 + random_.below(8);
    for (std::size_t i = 0; i < observers; ++i) observes_.push_back(make_observe());
  }

  HistoryTurn turn() {
    HistoryTurn made;
    made.step_by_step = random_.chance(1, 6);
    const std::size_t acts_max = random_.chance(1, 30) ? 150 : 6;
    for (std::size_t left = random_.below(acts_max) + 1; left > 0; --left) {
      made.acts.push_back(act());
    }
    if (random_.chance(1, 4)) made.queries.push_back(make_observe());
    if (random_.chance(1, 4)) made.queries.push_back(random_.pick(observes_));
    return made;
  }

 private:
  Value make_fact() {
    const RandomValueOptions options{
        .depth_max = 2, .width_max = 3, .small_atoms = true, .references = some_references()};
    if (random_.chance(1, 4)) return random_value(random_, options);
    // Mostly records of a few labels with fields that are often equal.
    Builder builder;
    builder.begin_record(random_.chance(1, 3) ? "t" : "u");
    for (std::size_t left = random_.below(4); left > 0; --left) {
      if (random_.chance(1, 4)) {
        builder.value(random_value(random_, options));
      } else {
        builder.integer(static_cast<std::int64_t>(random_.below(3)));
      }
    }
    return builder.end().finish().value();
  }

  Value make_observe() {
    // Some observe observers, themselves included.
    const bool meta = !observes_.empty() && random_.chance(1, 4);
    const Pattern pattern =
        random_pattern(random_, meta ? random_.pick(observes_) : random_.pick(facts_));
    const ReferenceId observer = random_.pick(some_references());
    if (random_.chance(2, 3)) return record("Observe", pattern.to_value(), observer);
    return record("Observe", pattern.to_value(), observer, options(pattern.capture_count()));
  }

  // Sometimes `same` is empty: then a second fact asks for the same as the one without options.
  Value options(std::size_t captures) {
    Builder builder;
    builder.begin_dictionary();
    if (captures >= 2 && random_.chance(2, 3)) {
      builder.symbol("same").begin_sequence();
      builder.begin_sequence().integer(std::uint64_t{random_.below(captures)});
      builder.integer(std::uint64_t{random_.below(captures)}).end().end();
    }
    return builder.end().finish().value();
  }

  Act act() {
    static const std::vector<Cause> causes{Cause::retracted, Cause::closed, Cause::expired};
    const Value& value = random_.pick(random_.chance(1, 3) ? observes_ : facts_);
    switch (random_.below(5)) {
      case 0:
        return {.kind = Act::Kind::send, .value = value};
      case 1:
      case 2:
        return {.kind = Act::Kind::retract, .value = value, .cause = random_.pick(causes)};
      default:
        return {.kind = Act::Kind::publish, .value = value};
    }
  }

  Random random_;
  std::vector<Value> facts_;
  std::vector<Value> observes_;
};

// Leaves out runs of elements of `list`, long ones first, as long as `fails()` holds.
template <class T>
bool leave_out(std::vector<T>& list, const std::function<bool()>& fails) {
  bool any = false;
  for (std::size_t run = std::max<std::size_t>(list.size() / 2, 1); run > 0; run /= 2) {
    for (std::size_t at = 0; at + run <= list.size();) {
      std::vector<T> before = list;
      const auto first = list.begin() + static_cast<std::ptrdiff_t>(at);
      list.erase(first, first + static_cast<std::ptrdiff_t>(run));
      if (fails()) {
        any = true;
      } else {
        list = std::move(before);
        ++at;
      }
    }
  }
  return any;
}

}  // namespace

History random_history(std::uint64_t seed, std::size_t turns) {
  HistoryMaker maker(seed);
  History history;
  for (std::size_t i = 0; i < turns; ++i) history.push_back(maker.turn());
  return history;
}

std::string to_text(const History& history) {
  static constexpr const char* verbs[] = {"publish ", "retract ", "send "};
  std::string text;
  for (const HistoryTurn& turn : history) {
    text += turn.step_by_step ? "turn, step by step:\n" : "turn:\n";
    for (const Act& act : turn.acts) {
      text += std::string("  ") + verbs[static_cast<int>(act.kind)];
      text += avow::to_text(act.value);
      if (act.kind == Act::Kind::retract)
        text += std::string("  # ") + std::string(name_of(act.cause));
      text += '\n';
    }
    for (const Value& query : turn.queries) text += "  query " + avow::to_text(query) + '\n';
  }
  return text;
}

History shrink(History history, const std::function<bool(const History&)>& fails) {
  const auto still_fails = [&] { return fails(history); };
  for (bool smaller = true; smaller;) {
    smaller = leave_out(history, still_fails);
    for (std::size_t i = 0; i < history.size(); ++i) {
      smaller = leave_out(history[i].acts, still_fails) || smaller;
      smaller = leave_out(history[i].queries, still_fails) || smaller;
    }
  }
  return history;
}

}  // namespace avow::test
