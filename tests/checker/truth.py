"""Compares what all were told of a space with each other, and with what writers were answered."""

from bisect import bisect_right

from checker.breach import ATOMIC, RELIABLE, RESUMABLE, Breach, shown


class Truth:
    """Judges one space. If the records are `complete`, nobody else changed anything in it."""

    def __init__(self, space, report, is_complete):
        self._space = space
        self._report = report
        self._is_complete = is_complete
        self._matches = {}
        self._dropped = set()

    def judge(self):
        for subscription in self._space.subscriptions:
            subscription.settle(self._space)
        self._begin_resumed()
        self._compare_changes()
        self._check_stated()
        self._check_cuts()
        if self._is_complete:
            self._check_invented()
            self._check_withdrawn()
            self._check_ends()

    # ---- what matches ----

    def _concerns(self, subscription, fact):
        """Whether that fact is told to that subscription."""
        known = self._matches.setdefault(subscription.pattern.name, {})
        found = known.get(fact)
        if found is None:
            found = known[fact] = fact not in self._space.private and \
                subscription.pattern.captures_of(self._space.values[fact]) is not None
        return found

    def _those_at(self, revision):
        return [each for each in self._space.subscriptions
                if each.covers(revision) and each.knows_all]

    # ---- each with the others ----

    def _begin_resumed(self):
        """Whoever resumes has what was told to the same pattern before, best of all to itself."""
        for resumed in self._space.subscriptions:
            if resumed.knows_all or resumed.start is None:
                continue
            before = [each for each in self._space.subscriptions if each is not resumed and
                      each.knows_all and each.pattern.name == resumed.pattern.name and
                      each.covers(resumed.resumed_from)]
            before.sort(key=lambda each: each.client != resumed.client)
            if before:
                facts = before[0].facts_at(resumed.resumed_from)
                resumed.begin_with(facts, self._space, self._report)

    def _compare_changes(self):
        """Whoever covers a revision was told all of it that matches."""
        changes = {}
        for subscription in self._space.subscriptions:
            for fact, times in subscription.times.items():
                if fact in self._space.private:
                    continue
                for at, revision in enumerate(times):
                    if revision > subscription.start:
                        changes.setdefault(revision, {}).setdefault(
                            (fact, "went" if at & 1 else "came"), subscription)
            for revision, message in subscription.messages:
                if revision > subscription.start:
                    changes.setdefault(revision, {}).setdefault((message, "was said"), subscription)
        revisions = sorted(changes)
        for subscription in self._space.subscriptions:
            first = bisect_right(revisions, subscription.start)
            last = bisect_right(revisions, subscription.covered)
            for revision in revisions[first:last]:
                self._compare(subscription, revision, changes[revision])

    def _compare(self, subscription, revision, changes):
        missed, told = [], False
        for (fact, how), witness in changes.items():
            if not self._concerns(subscription, fact):
                continue
            if how == "was said" and subscription.is_made_up_for(revision):
                continue  # What was said to somebody who was not there is not said again.
            if _was_told(subscription, revision, fact, how):
                told = True
            else:
                missed.append((fact, how, witness))
        for fact, how, witness in missed:
            self._missed(subscription, revision, ATOMIC if told else RELIABLE,
                         f"{shown(self._space.keys[fact])} {how}, as {witness.client} was told, "
                         f"and this was not told")

    def _missed(self, subscription, revision, name, what):
        if subscription.is_made_up_for(revision):
            name = RESUMABLE
        self._report(Breach(name, subscription.client, revision, what))

    # ---- with what was answered ----

    def _check_stated(self):
        """What was answered is there at its revision, for whoever covers it and is concerned."""
        for revision, fact, client in sorted(set(self._space.stated)):
            for subscription in self._those_at(revision):
                if self._concerns(subscription, fact) and not subscription.has_at(fact, revision):
                    self._missed(subscription, revision, RELIABLE,
                                 f"{shown(self._space.keys[fact])} is there since {client} was "
                                 f"answered, and this was not told")
        for revision, message, client in sorted(set(self._space.sent)):
            for subscription in self._those_at(revision):
                if revision > subscription.start and self._concerns(subscription, message) and \
                        (revision, message) not in subscription.messages and \
                        not subscription.is_made_up_for(revision):
                    self._missed(subscription, revision, RELIABLE,
                                 f"the message {shown(self._space.keys[message])} of {client} was "
                                 f"not told")

    def _check_cuts(self):
        """What a query answers is what was there at its revision."""
        self._space.cuts.sort(key=lambda cut: cut.revision)
        replays = {each: Replay(each, self._space.private) for each in self._space.subscriptions}
        for cut in self._space.cuts:
            for subscription in self._those_at(cut.revision):
                there = {fact for fact in cut.facts if self._concerns(subscription, fact)}
                if cut.pattern.name == subscription.pattern.name:
                    had = replays[subscription].facts_at(cut.revision)
                else:
                    had = {fact for fact in there if subscription.has_at(fact, cut.revision)}
                for fact in there ^ had:
                    self._report(Breach(ATOMIC, cut.client, cut.revision,
                                        f"{shown(self._space.keys[fact])} was "
                                        f"{'' if fact in had else 'not '}there for "
                                        f"{subscription.client}, unlike for this query"))
        self._check_snapshots()

    def _check_snapshots(self):
        """Nor does a snapshot hold anything else than what others had at its revision; nor do what
        somebody had and what it missed make anything else."""
        known = [each for each in self._space.subscriptions if each.knows_all]
        for one in known:
            self._check_held(one)
            for other in self._those_at(one.start):
                if other is one or other.pattern.name != one.pattern.name:
                    continue
                mine, theirs = (each.facts_at(one.start) - self._space.private
                                for each in (one, other))
                for fact in mine ^ theirs:
                    said = "lacks" if fact in theirs else "has"
                    self._missed(one, one.start, RELIABLE,
                                 f"what is there {said} {shown(self._space.keys[fact])}, unlike "
                                 f"what {other.client} was told")

    def _check_held(self, subscription):
        """A snapshot has what somebody held up then."""
        for fact, supports in self._space.supports.items():
            holder = next((each for each in supports if each.surely_holds_at(subscription.start)),
                          None)
            if holder is not None and self._concerns(subscription, fact) and \
                    not subscription.has_at(fact, subscription.start):
                self._missed(subscription, subscription.start, RELIABLE,
                             f"what is there lacks {shown(self._space.keys[fact])}, which "
                             f"{holder.session.client} held up")

    # ---- if nobody else changed anything ----

    def _check_invented(self):
        self._dropped = set(self._space.drops)
        for subscription in self._space.subscriptions:
            for fact, times in subscription.times.items():
                if fact in self._space.private:
                    continue
                supports = self._space.supports.get(fact, ())
                for at, revision in enumerate(times):
                    if revision > subscription.start:
                        self._check_reason(subscription, fact, at & 1, revision, supports)

    def _check_reason(self, subscription, fact, goes, revision, supports):
        if goes:
            has_reason = any(each.may_end_at(revision) for each in supports) or \
                (revision, fact) in self._dropped
        else:
            has_reason = any(each.may_begin_at(revision) for each in supports)
        if not has_reason:
            said = "went, which nobody made it do" if goes else "came, which nobody said"
            self._report(Breach(RELIABLE, subscription.client, revision,
                                f"{shown(self._space.keys[fact])} {said}"))

    def _check_withdrawn(self):
        """What nobody can hold any more is gone."""
        for revision, fact in self._space.drops:
            for support in self._space.supports.get(fact, ()):
                if support.is_durable and support.since is not None and support.since < revision:
                    support.latest = min(support.latest, revision)
        for revision, fact, client in sorted(set(self._space.withdrawn)):
            if any(each.may_hold_at(revision) for each in self._space.supports.get(fact, ())):
                continue
            for subscription in self._those_at(revision):
                if self._concerns(subscription, fact) and subscription.has_at(fact, revision):
                    self._missed(subscription, revision, RELIABLE,
                                 f"{shown(self._space.keys[fact])} was withdrawn by {client}, and "
                                 f"did not go")

    def _check_ends(self):
        """The facts of a session go in one turn with it."""
        for subscription in self._space.subscriptions:
            ends = {}
            for fact, revision in subscription.ended_with:
                holders = [each for each in self._space.supports.get(fact, ())
                           if each.may_end_at(revision) and each.until is None]
                if len(holders) == 1 and not holders[0].is_durable:
                    ends.setdefault(holders[0].session, set()).add(revision)
            for session, revisions in ends.items():
                if len(revisions) > 1:
                    self._report(Breach(ATOMIC, subscription.client, max(revisions),
                                        f"the facts of {session.client} went at {min(revisions)} "
                                        f"already, and not all of them"))


class Replay:
    """What a subscription had, at one revision after another."""

    def __init__(self, subscription, left_out):
        self._changes = sorted((revision, fact) for fact, times in subscription.times.items()
                               for revision in times if fact not in left_out)
        self._done = 0
        self._facts = set()

    def facts_at(self, revision):
        """The facts at a revision that is not below the one before."""
        while self._done < len(self._changes) and self._changes[self._done][0] <= revision:
            self._facts ^= {self._changes[self._done][1]}  # It comes and goes by turns.
            self._done += 1
        return self._facts


def _was_told(subscription, revision, fact, how):
    if how == "was said":
        return (revision, fact) in subscription.messages
    times = subscription.times.get(fact, ())
    at = bisect_right(times, revision) - 1
    return at >= 0 and times[at] == revision and (at & 1) == (how == "went")
