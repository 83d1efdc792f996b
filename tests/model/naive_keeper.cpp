#include "tests/model/naive_keeper.hpp"

#include <algorithm>
#include <utility>

namespace avow::test {
namespace {

using Kind = NaiveOpKind;

std::string flag(bool changed) { return changed ? "#t" : "#f"; }

bool may_pass(const std::string& outcome) {
  return outcome == "empty" || outcome == "guard-failed";
}

}  // namespace

std::set<int> NaiveKeeper::facts() const {
  std::set<int> all = puts_;
  for (const auto& [key, value] : slots_) all.insert(value);
  for (const auto& [id, lease] : leases_) all.insert(lease.facts.begin(), lease.facts.end());
  for (const auto& [session, value] : published_) all.insert(value);
  return all;
}

std::size_t NaiveKeeper::row_count() const {
  std::size_t count = puts_.size() + slots_.size() + items_.size() + leases_.size();
  for (const auto& [id, lease] : leases_) count += lease.facts.size();
  return count;
}

std::vector<std::uint64_t> NaiveKeeper::lease_ids() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, lease] : leases_) ids.push_back(id);
  return ids;
}

std::vector<std::uint64_t> NaiveKeeper::item_ids() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, item] : items_) ids.push_back(id);
  return ids;
}

void NaiveKeeper::answer(const NaiveRequest& request, const std::string& outcome) {
  answers_.push_back({request.session, request.number, outcome});
}

// ---- requests -------------------------------------------------------------------------------

void NaiveKeeper::ask(const NaiveRequest& request) {
  if (request.ttl) return begin_lease(request);
  bool is_done = false;
  const std::string outcome = attempt(request, is_done);
  if (!is_done && may_pass(outcome) && request.timeout) {
    line_.push_back({request, timer(*request.timeout)});
  } else {
    answer(request, outcome);
  }
  serve_line();
}

void NaiveKeeper::begin_lease(const NaiveRequest& request) {
  Lease lease;
  lease.ttl = *request.ttl;
  lease.written = lease.ttl;
  lease.mark = now_ + lease.ttl / 4;
  lease.end = timer(lease.ttl);
  leases_[++last_id_] = lease;
  answer(request, std::to_string(last_id_));
}

void NaiveKeeper::retract(int session, int number) {
  std::erase_if(line_, [&](const Waiter& waiter) {
    return waiter.request.session == session && waiter.request.number == number;
  });
}

std::string NaiveKeeper::attempt(const NaiveRequest& request, bool& is_done) {
  if (request.turn && turns_.contains(*request.turn)) {
    const Outcome& known = turns_[*request.turn];
    is_done = known.has_value();
    if (!known) return "impossible";
    for (const std::uint64_t id : known->held) {
      const auto item = items_.find(id);
      if (item != items_.end() && item->second.holder == nobody) {
        item->second.holder = request.session;
      }
    }
    return known->results;
  }
  NaiveKeeper copy = *this;
  std::string outcome = copy.apply(request, is_done);
  if (is_done) *this = std::move(copy);
  return outcome;
}

std::string NaiveKeeper::apply(const NaiveRequest& request, bool& is_done) {
  const std::set<int> there = facts();
  for (const int value : request.require) {
    if (!there.contains(value)) return "guard-failed";
  }
  for (const int value : request.absent) {
    if (there.contains(value)) return "guard-failed";
  }
  std::set<std::uint64_t> held;
  for (const auto& [id, item] : items_) {
    if (item.holder == request.session) held.insert(id);
  }
  Taken taken;
  bool is_empty = false;
  for (const NaiveOp& op : request.ops) {
    std::string error;
    if (!taken.results.empty()) taken.results += " ";
    if (apply_op(request, op, held, taken, error)) continue;
    if (error != "empty") return error;
    is_empty = true;
  }
  if (is_empty) return "empty";
  taken.results = "[" + taken.results + "]";
  if (request.turn) turns_[*request.turn] = taken;
  is_done = true;
  return taken.results;
}

bool NaiveKeeper::apply_op(const NaiveRequest& request, const NaiveOp& op,
                           const std::set<std::uint64_t>& held, Taken& taken, std::string& error) {
  const auto lease = leases_.find(op.id);
  const bool needs_lease =
      op.kind == Kind::lease_to || op.kind == Kind::renew || op.kind == Kind::end;
  if (needs_lease && lease == leases_.end()) {
    error = "unknown-lease";
    return false;
  }
  switch (op.kind) {
    case Kind::put:
      taken.results += flag(puts_.insert(op.value).second);
      return true;
    case Kind::drop:
      taken.results += flag(puts_.erase(op.value) > 0);
      return true;
    case Kind::slot: {
      const auto slot = slots_.find(op.key);
      taken.results += flag(slot == slots_.end() || slot->second != op.value);
      slots_[op.key] = op.value;
      return true;
    }
    case Kind::clear_slot:
      taken.results += flag(slots_.erase(op.key) > 0);
      return true;
    case Kind::lease_to:
      taken.results += flag(lease->second.facts.insert(op.value).second);
      return true;
    case Kind::renew:
      lease->second.end = timer(lease->second.ttl);
      taken.results += flag(true);
      return true;
    case Kind::end:
      leases_.erase(lease);
      taken.results += flag(true);
      return true;
    case Kind::item:
      items_[++last_id_] = {op.value, nobody};
      taken.results += std::to_string(last_id_);
      return true;
    case Kind::take:
    case Kind::take_any:
      if (apply_take(request, op, taken)) return true;
      error = "empty";
      return false;
    case Kind::ack:
      if (!held.contains(op.id) || items_.erase(op.id) == 0) {
        error = "unknown-item";
        return false;
      }
      taken.results += flag(true);
      return true;
    case Kind::send:
      taken.results += "0";
      return true;
    case Kind::outcome:
      break;
  }
  const Outcome& known = turns_.try_emplace(op.id).first->second;
  taken.results += known ? "<committed>" : "<impossible>";
  return true;
}

bool NaiveKeeper::apply_take(const NaiveRequest& request, const NaiveOp& op, Taken& taken) {
  for (auto& [id, item] : items_) {
    const bool matches = op.kind == Kind::take_any || item.value == op.value;
    if (item.holder != nobody || !matches) continue;
    taken.results += "{id: " + std::to_string(id) + " value: <job " + std::to_string(item.value) +
                     ">" + (request.consumes ? " acked: #t" : "") + "}";
    if (request.consumes) {
      items_.erase(id);
    } else {
      item.holder = request.session;
      taken.held.push_back(id);
    }
    return true;
  }
  return false;
}

// Whoever came first goes first, if it can; then all that anew.
void NaiveKeeper::serve_line() {
  for (std::size_t i = 0; i < line_.size();) {
    const NaiveRequest request = line_[i].request;
    bool is_done = false;
    const std::string outcome = attempt(request, is_done);
    if (!is_done && may_pass(outcome)) {
      ++i;
      continue;
    }
    line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(i));
    answer(request, outcome);
    i = 0;
  }
}

// ---- sessions -------------------------------------------------------------------------------

void NaiveKeeper::publish(int session, int value) {
  published_.insert({session, value});
  serve_line();
}

void NaiveKeeper::unpublish(int session, int value) {
  const auto found = published_.find({session, value});
  if (found != published_.end()) published_.erase(found);
  serve_line();
}

void NaiveKeeper::end_session(int session) {
  std::erase_if(line_, [&](const Waiter& waiter) { return waiter.request.session == session; });
  std::erase_if(published_, [&](const auto& one) { return one.first == session; });
  for (auto& [id, item] : items_) {
    if (item.holder == session) item.holder = nobody;
  }
  serve_line();
}

void NaiveKeeper::restart(std::uint64_t id, std::int64_t now) {
  line_.clear();
  published_.clear();
  answers_.clear();
  for (auto& [number, item] : items_) item.holder = nobody;
  last_id_ = id;
  for (auto& [number, lease] : leases_) {
    lease.end = timer(std::max(lease.written, lease.ttl / 4));
    lease.mark = now + lease.ttl / 4;
  }
  tick(now);
}

// ---- time -----------------------------------------------------------------------------------

void NaiveKeeper::tick(std::int64_t now) {
  now_ = now;
  for (auto& [id, lease] : leases_) begin(lease.end, now);
  for (Waiter& waiter : line_) begin(waiter.end, now);
  run_timers();
  write_marks();
}

void NaiveKeeper::run_timers() {
  while (true) {
    const Timer* first = nullptr;
    std::uint64_t lease_id = 0;  // Nothing: the timer is of somebody in line.
    std::size_t place = 0;
    const auto is_next = [&](const Timer& timer) {
      return timer.at && *timer.at <= now_ &&
             (first == nullptr ||
              std::pair(*timer.at, timer.order) < std::pair(*first->at, first->order));
    };
    for (const auto& [id, lease] : leases_) {
      if (!is_next(lease.end)) continue;
      first = &lease.end;
      lease_id = id;
    }
    for (std::size_t i = 0; i < line_.size(); ++i) {
      if (!is_next(line_[i].end)) continue;
      first = &line_[i].end;
      lease_id = 0;
      place = i;
    }
    if (first == nullptr) return;
    if (lease_id != 0) {
      leases_.erase(lease_id);
      serve_line();
      continue;
    }
    const NaiveRequest request = line_[place].request;
    line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(place));
    NaiveKeeper copy = *this;
    bool is_done = false;
    answer(request, copy.attempt(request, is_done));
  }
}

void NaiveKeeper::write_marks() {
  for (auto& [id, lease] : leases_) {
    if (lease.mark > now_) continue;
    lease.written = lease.end.at ? *lease.end.at - now_ : lease.end.after;
    lease.mark = now_ + lease.ttl / 4;
  }
}

}  // namespace avow::test
