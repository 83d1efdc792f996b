#pragma once

#include <boost/container_hash/hash.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "avow/model/pattern.hpp"
#include "server/base/few_map.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/bag.hpp"
#include "server/dataspace/bookmarks.hpp"
#include "server/dataspace/capture.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/fillings.hpp"
#include "server/dataspace/history.hpp"
#include "server/dataspace/interests.hpp"
#include "server/dataspace/label.hpp"
#include "server/dataspace/matcher.hpp"
#include "server/dataspace/messages.hpp"
#include "server/dataspace/search.hpp"
#include "server/dataspace/topic.hpp"
#include "server/dataspace/turn.hpp"

// Here deliveries are produced. The index holds facts against interests, and tells at the end of a
// turn what is different from the turn before: for each observer, the distinct captures of the
// facts that match.
//
// Everything in a turn has its place: the number of the change ("flip") by which a fact came or
// went. An observer is told that a capture appears when both the capture is held and the observer
// is there, at the later of the two places; that it disappears at the earlier of the places where
// one of them went. What was so before the turn counts as place 0.

namespace avow::server {

/// A fact came or went, within this turn. Only its last flip counts, and only if the fact was not
/// there before the turn and is now, or the other way round.
struct Flip {
  std::uint32_t fact = 0;
  bool was_there = false;  ///< Before the turn.
  Cause cause = Cause::none;
};

class Index {
 public:
  Index(const KeyedHash& keyed, Bag& bag, ObserverHost& host, const DirectoryPolicy& directories,
        std::uint32_t facts_held_at_once, Regions& memory);

  [[nodiscard]] Result<void> check(const Interest& interest, std::uint32_t shapes_max) const;
  /// The first support of an `Observe` came, as change `flip`. `interest` is what it asks for; of
  /// one that came and went in this turn it need not be told again.
  void begin_interest(Turn& turn, std::uint32_t fact, const Interest* interest, std::uint32_t flip);
  /// The last support of a fact that is an interest went.
  void end_interest(std::uint32_t fact);
  std::uint32_t send(Value message) { return messages_.add(std::move(message)); }

  /// Tells what `flips` and the messages come to. The first flip is number 1; the zeroth is none.
  void settle(Turn& turn, std::span<const Flip> flips, DeliverySink& sink);

  /// Tells the observer of an interest what is different from what it was told up to `revision`,
  /// which is not below the floor of `history`; that ends with the last turn that was settled.
  /// False, and nothing is told, if references are among what it holds or has held: their numbers
  /// are those of a session.
  [[nodiscard]] bool tell_since(Turn& turn, std::uint32_t fact, const SpaceHistory& history,
                                std::uint64_t revision, DeliverySink& sink);
  /// See `Dataspace::tell_part`.
  SnapshotPart tell_part(Turn& turn, std::uint32_t fact, CaptureId after, std::size_t room,
                         DeliverySink& sink);

  // index_query.cpp: what matches, asked once.
  /// Distinct captures of the facts that match, as they were when the last turn was settled.
  void query(const Interest& interest, const std::function<bool(ByteView captures)>& row) const;
  /// See `Dataspace`.
  [[nodiscard]] bool takes_long(const Interest& interest) const;
  void begin_search(std::span<const Interest> interests);
  [[nodiscard]] bool is_searching() const { return search_.has_value(); }
  [[nodiscard]] bool has_found() const { return search_ && search_->is_done(); }
  void end_search() { search_.reset(); }
  /// Whether any fact that was there when the last turn was settled matches, and `counts`.
  [[nodiscard]] bool any_match(const Interest& interest,
                               const std::function<bool(std::uint32_t fact)>& counts) const;
  /// See `Dataspace::is_indexing`.
  [[nodiscard]] bool is_indexing() const { return has_upkeep() || has_to_search(); }
  void index_some();
  void visit_facts(const std::function<bool(std::uint32_t fact)>& visit) const {
    labels_.visit_all(visit);
  }

  [[nodiscard]] std::uint64_t interest_count() const { return interests_.in_force(); }
  [[nodiscard]] std::uint64_t topic_count() const { return topics_.size() - ending_topics_.size(); }

 private:
  class NetChanges;
  struct CaptureFlip {
    std::uint32_t capture = 0;
    std::uint32_t flip = 0;  // Of the fact by which it came or went.
    bool was_held = false;
    Cause cause = Cause::none;
  };
  struct Join {
    std::uint32_t registration = 0;
    std::uint32_t flip = 0;
  };
  struct Leave {
    Observer observer;
    std::uint32_t topic = 0;
    std::uint32_t flip = 0;
    Cause cause = Cause::none;
    std::uint32_t next = 0;  // Of the same topic: the one before it.
  };

  [[nodiscard]] bool is_net(const Flip& flip, std::uint32_t number) const;
  [[nodiscard]] static bool is_net(const CaptureFlip& flip, const Capture& capture,
                                   std::uint32_t number);

  /// Whether the topic's pattern matches a value under its label.
  [[nodiscard]] bool matches(const Topic& topic, ValueView value);
  template <class Visit>
  void visit_matching(const Outline& outline, const Visit& visit) const;

  // index_settle.cpp: from facts to what is held.
  void find_joins_and_leaves(std::span<const Flip> flips);
  void apply(Turn& turn, std::span<const Flip> flips);
  void apply_chunk(Turn& turn, std::span<const Flip> flips, std::uint32_t first,
                   std::uint32_t last);
  // Two passes before what departs is looked at: the second reads what the first has loaded.
  void prefetch_departure(const Fact& fact) const;
  void prefetch_end_of_captures(const Fact& fact) const;
  void depart(std::uint32_t fact, std::uint32_t flip, Cause cause);
  /// A `capture_hash` of 0 is not known yet.
  void hold(Turn& turn, std::uint32_t topic, std::uint32_t fact, std::uint64_t capture_hash,
            std::uint32_t flip);
  void release(const Match& match, const StoredBytes* fact, std::uint32_t flip, Cause cause);
  /// Whether a capture stays for now, behind which there is no fact that is known.
  [[nodiscard]] bool lingers(std::uint32_t number, Cause cause);
  void flip_capture(std::uint32_t capture, bool was_held, std::uint32_t flip, Cause cause);
  void clean_up(std::span<const Flip> flips);
  void clean_up_interests(std::span<const Flip> flips);
  void end_topic(std::uint32_t topic);
  void clear_some();
  [[nodiscard]] bool has_to_search() const { return search_ && !search_->is_done(); }
  [[nodiscard]] bool has_upkeep() const { return labels_.is_building() || !ending_topics_.empty(); }

  // index_fill.cpp: new topics, and the facts that were there before them.
  void fill_new_topics(Turn& turn);
  void fill_in_steps(Turn& turn, const Interests::NewTopic& topic);
  void fill(Turn& turn, std::uint32_t topic, const Outline& outline);
  bool hold_if_matching(Turn& turn, std::uint32_t topic, std::uint32_t fact);
  /// For those who are told at once all that is there.
  void fill_for_joins(Turn& turn, DeliverySink& sink);
  /// What those who joined are told first.
  void begin_to_fill(Turn& turn, DeliverySink& sink);
  /// Holds more facts against the topic, until about so many bytes have been looked at. About how
  /// many that were.
  std::size_t fill_some(Turn& turn, std::uint32_t topic, std::size_t room);
  std::size_t fill_by_scanning(Turn& turn, std::uint32_t topic, std::size_t room);
  /// The same for an observer that needs `room` of it, after the turn was settled.
  std::size_t fill_later(Turn& turn, std::uint32_t topic, std::size_t room, DeliverySink& sink);
  [[nodiscard]] bool is_held_against(const Fact& fact, std::uint32_t topic) const;
  void end_filling(std::uint32_t topic);

  // index_snapshot.cpp: what is there, in parts.
  template <class IsThere>
  SnapshotPart tell_after(std::uint32_t capture, std::uint32_t registration, std::size_t room,
                          const IsThere& is_there, DeliverySink& sink);
  [[nodiscard]] std::uint32_t capture_after(std::uint32_t topic, std::uint32_t capture) const {
    return capture == 0 ? topics_[topic].first_capture : captures_[capture].next;
  }
  void remove_capture(std::uint32_t capture);

  // index.cpp: from what is held to deliveries.
  void tell_appearances(DeliverySink& sink);
  void tell_join(const Join& join, DeliverySink& sink);
  void tell_disappearances(DeliverySink& sink);
  void tell_leave(const Leave& leave, DeliverySink& sink);
  std::size_t tell(ChangeKind kind, const Capture& capture, Cause cause,
                   std::span<const Observer> observers, DeliverySink& sink);
  std::span<const Observer> left_after(std::uint32_t topic, std::uint32_t flip);

  const KeyedHash& keyed_;
  Bag& bag_;
  mutable Labels labels_;  // Queries make and drop directories.
  Topics topics_;
  Captures captures_;
  Bookmarks snapshot_places_;  // By registration: the capture up to which it has been told.
  Fillings fillings_;
  std::uint32_t facts_held_at_once_;
  std::optional<Search> search_;
  bool search_is_next_ = false;
  std::vector<std::uint32_t> ending_topics_;  // Without observers: what they hold has to go.
  Matcher matcher_;
  Messages messages_;
  Interests interests_;
  ObserverHost& host_;

  // Of the turn that is being settled. The zeroth of those with numbers stands for none.
  bool interests_change_ = false;  // Some of them came or went, for good or not.
  std::vector<CaptureFlip> capture_flips_;
  std::vector<Join> joins_;
  std::vector<Leave> leaves_;
  /// By topic: the last of them, which leads to those before it.
  FewMap<std::uint32_t, std::uint32_t, boost::hash<std::uint32_t>> first_leaves_;
  std::vector<std::uint32_t> emptied_topics_;
  std::vector<Observer> gathered_;
  SliceRows rows_;
};

}  // namespace avow::server
