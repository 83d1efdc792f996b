#include "server/engine/conflater.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {

Bytes Conflater::key_of(ValueView captures) const {
  Bytes key;
  for (const std::uint32_t place : key_) append(key, captures.element(place)->bytes());
  return key;
}

void Conflater::count(const Value& captures, std::int64_t more) {
  if (captures.holds_references()) with_references_ += more;
}

void Conflater::note(Keys::iterator key, std::uint64_t revision) {
  if (news_.empty()) told_through_ = revision - 1;
  if (!std::exchange(key->second.is_news, true)) news_.push_back(key);
}

void Conflater::take(const Change& change, ValueView captures, std::uint64_t revision) {
  const auto key = keys_.try_emplace(key_of(captures)).first;
  Matches& matches = key->second;
  const std::uint64_t number = number_of(change.capture);
  if (change.kind == ChangeKind::appear) {
    const ByteView bytes = captures.bytes();
    Value kept = Value::from_canonical(bytes, change.holds_references);
    if (matches.told && matches.told->captures.view() == captures) matches.told->went = Cause::none;
    count(kept, 1);
    matches.there.emplace(number, std::move(kept));
  } else {
    const auto gone = matches.there.find(number);
    AVOW_CHECK(gone != matches.there.end());
    if (matches.told && matches.told->captures.view() == captures) {
      matches.told->went = change.cause;
    }
    count(gone->second, -1);
    matches.there.erase(gone);
  }
  note(key, revision);
}

void Conflater::begin_anew(const std::function<void(CaptureId)>& told) {
  for (auto key = keys_.begin(); key != keys_.end(); ++key) {
    Matches& matches = key->second;
    if (matches.told) {
      told(matches.told->capture);
      count(matches.told->captures, -1);
      matches.told.reset();
    }
    if (!std::exchange(matches.is_news, true)) news_.push_back(key);
  }
}

void Conflater::tell_of(Matches& matches, TopicId topic, const std::function<CaptureId()>& next,
                        std::vector<News>& all) {
  const auto latest = matches.there.rbegin();
  const bool is_there = latest != matches.there.rend();
  if (is_there && matches.told && matches.told->captures == latest->second) return;
  const std::optional<Told> before = std::exchange(matches.told, std::nullopt);
  if (is_there) {
    matches.told = Told{next(), latest->second, Cause::none};
    count(latest->second, 1);
    all.push_back({{.topic = topic,
                    .capture = matches.told->capture,
                    .kind = ChangeKind::appear,
                    .holds_references = latest->second.holds_references()},
                   latest->second});
  }
  if (!before) return;
  count(before->captures, -1);
  all.push_back({{.topic = topic,
                  .capture = before->capture,
                  .kind = ChangeKind::disappear,
                  .cause = before->went == Cause::none ? Cause::superseded : before->went,
                  .holds_references = before->captures.holds_references()},
                 before->captures});
}

std::vector<Conflater::News> Conflater::settle(TopicId topic,
                                               const std::function<CaptureId()>& next) {
  std::vector<News> all;
  for (const Keys::iterator key : std::exchange(news_, {})) {
    Matches& matches = key->second;
    matches.is_news = false;
    tell_of(matches, topic, next, all);
    if (matches.there.empty()) keys_.erase(key);
  }
  return all;
}

}  // namespace avow::server
