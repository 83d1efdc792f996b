#include "server/engine/tally.hpp"

#include <utility>

#include "avow/model/builder.hpp"
#include "server/engine/client_entity.hpp"

namespace avow::server {

Value Tally::told_of(ValueView captures) const {
  if (options_.whole) return Value(captures);
  Builder told;
  told.begin_sequence();
  bool is_first = true;
  for (const ValueView capture : captures.elements()) {
    if (!std::exchange(is_first, false)) told.value(capture);
  }
  return told.end().finish().value();
}

bool Tally::is_own(ValueView fact, ReferenceTable& references) const {
  if (!options_.others || own_ == SessionId{} || !fact.is_record("Observe")) return false;
  const std::optional<ValueView> observer = fact.element(1);
  const std::optional<ReferenceId> id = observer ? observer->as_reference() : std::nullopt;
  if (!id) return false;
  ClientEntity* const client = references.at(*id).entity->as_client();
  return client != nullptr && client->session_id() == own_;
}

void Tally::note(Entries::iterator entry) {
  if (!std::exchange(entry->second.is_news, true)) news_.push_back(entry);
}

void Tally::take(const Change& change, ValueView captures, ReferenceTable& references) {
  const std::uint64_t number = number_of(change.capture);
  const bool comes = change.kind == ChangeKind::appear;
  if (!comes && left_out_.erase(number) > 0) return;
  if (comes && is_own(*captures.element(0), references)) {
    left_out_.insert(number);
    return;
  }
  const Value told = told_of(captures);
  const ByteView key = told.bytes();
  const auto entry = entries_.try_emplace(Bytes(key.begin(), key.end())).first;
  if (comes) {
    ++entry->second.now;
  } else {
    --entry->second.now;
    entry->second.cause = change.cause;
  }
  note(entry);
}

Value Tally::captures_of(const Bytes& key, std::uint64_t count) const {
  const ValueView captures{ByteView(key)};
  if (!options_.counts) return Value(captures);
  Builder told;
  told.begin_sequence();
  for (const ValueView capture : captures.elements()) told.value(capture);
  return told.integer(count).end().finish().value();
}

void Tally::begin_anew(const std::function<void(CaptureId)>& told) {
  for (const auto& [key, entry] : entries_) {
    if (entry.told > 0) told(entry.capture);
  }
  entries_.clear();
  news_.clear();
  left_out_.clear();
}

std::vector<Tally::News> Tally::settle(TopicId topic, const std::function<CaptureId()>& next) {
  std::vector<News> all;
  for (const Entries::iterator entry : std::exchange(news_, {})) {
    const auto& [key, tally] = *entry;
    const bool differs =
        options_.counts ? tally.now != tally.told : (tally.now > 0) != (tally.told > 0);
    Entry after = tally;
    after.is_news = false;
    const bool holds_references = contains_embedded(ByteView(key));
    if (differs && tally.now > 0) {
      after.capture = next();
      all.push_back({{.topic = topic,
                      .capture = after.capture,
                      .kind = ChangeKind::appear,
                      .holds_references = holds_references},
                     captures_of(key, tally.now)});
    }
    if (differs && tally.told > 0) {
      const Cause cause = tally.now > 0 ? Cause::superseded : tally.cause;
      all.push_back({{.topic = topic,
                      .capture = tally.capture,
                      .kind = ChangeKind::disappear,
                      .cause = cause,
                      .holds_references = holds_references},
                     captures_of(key, tally.told)});
    }
    if (tally.now == 0) {
      entries_.erase(entry);
      continue;
    }
    after.told = tally.now;
    entry->second = after;
  }
  return all;
}

}  // namespace avow::server
