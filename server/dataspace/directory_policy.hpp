#pragma once

#include <cstdint>

namespace avow::server {

/// When the facts of a label are kept by what stands at certain paths: the first who asks for
/// constants there scans the label's facts; when scanning has cost as much as making a directory
/// would, it is made; when keeping it has cost as much since somebody asked last, it goes. So
/// nobody pays for more than about twice what knowing the future would have cost, and facts of
/// which nobody asks carry nothing. The numbers change what is fast, never what is told nor in
/// which order.
struct DirectoryPolicy {
  std::uint32_t facts_min = 64;            ///< Fewer facts are always scanned.
  std::uint32_t scans_before = 2;          ///< Facts scanned, in terms of all facts of the label.
  std::uint32_t idle_changes_min = 1'024;  ///< Facts that came and went while nobody asked …
  std::uint32_t idle_changes_factor = 8;   ///< … and this many times all facts: then it goes.
  std::uint32_t facts_a_step = 4'096;      ///< Taken into a new one, or searched, at once.
  std::uint32_t per_label_max = 8;         ///< Then the one not asked for longest goes.
};

}  // namespace avow::server
