#include <string>

#include "avow/model/pattern_text.hpp"
#include "avow/model/text_printing.hpp"

// Patterns to the text that people would type for them.

namespace avow {
namespace {

using Group = PatternNode::Group;
using NodeKind = PatternNode::Kind;

class PatternPrinter {
 public:
  explicit PatternPrinter(const NamedPattern& pattern) : names_(pattern.names) {}

  void print(const PatternNode& node) {
    switch (node.kind) {
      case NodeKind::discard:
        text += '_';
        return;
      case NodeKind::bind:
        return print_bind(node.children.front());
      case NodeKind::literal:
        append_constant(node.literal);
        return;
      case NodeKind::group:
        return print_group(node);
    }
  }

  std::string text;

 private:
  void append_constant(ValueView constant) { append_text(text, constant, Variables::quoted); }

  // What is captured and matched at once has no form of its own: the match is what is shown.
  void print_bind(const PatternNode& captured) {
    const std::string name = next_ < names_.size() ? names_[next_] : std::string();
    ++next_;
    if (captured.kind != NodeKind::discard) return print(captured);
    text += '$';
    text += name;
  }

  void print_group(const PatternNode& node) {
    switch (node.group) {
      case Group::record:
        text += '<';
        append_constant(node.literal);
        print_fields(node, true);
        text += '>';
        return;
      case Group::sequence:
        text += '[';
        print_fields(node, false);
        text += ']';
        return;
      case Group::dictionary:
        text += '{';
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
          if (i > 0) text += ' ';
          append_constant(node.keys[i]);
          text += ": ";
          print(node.children[i]);
        }
        text += '}';
        return;
    }
  }

  // Fields that the pattern does not look at are filled in, up to a width that can be read.
  void print_fields(const PatternNode& node, bool space_first) {
    constexpr std::uint64_t gap_max = 16;
    std::uint64_t next_field = 0;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::uint64_t field = node.keys[i].view().as_uint64().value_or(next_field);
      if (field - next_field > gap_max) {
        separate(space_first);
        text += "…";
        next_field = field;
      }
      for (; next_field < field; ++next_field) {
        separate(space_first);
        text += '_';
      }
      separate(space_first);
      print(node.children[i]);
      ++next_field;
    }
  }

  void separate(bool& space_first) {
    if (space_first) text += ' ';
    space_first = true;
  }

  const std::vector<std::string>& names_;
  std::size_t next_ = 0;
};

std::string list_of_names(const NamedPattern& pattern) {
  std::string list;
  for (const std::string& name : pattern.names) {
    const std::string shown = "$" + name;
    if (list.find(shown + ",") != std::string::npos) continue;
    list += shown + ", ";
  }
  if (!list.empty()) list.resize(list.size() - 2);
  return list;
}

}  // namespace

std::string to_pattern_text(const NamedPattern& pattern) {
  PatternPrinter printer(pattern);
  printer.print(pattern.pattern.root());
  return std::move(printer.text);
}

std::string describe(const NamedPattern& pattern) {
  std::string text = to_pattern_text(pattern);
  const std::string names = list_of_names(pattern);
  text += names.empty() ? ", capturing nothing" : ", capturing " + names;
  if (!pattern.same.empty()) text += ", equal where a name stands twice";
  return text;
}

}  // namespace avow
