#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/result.hpp"

// JSON text, read into one flat list of tokens. Numbers keep their text, so that what they mean is
// decided exactly; strings are decoded. Nothing here knows values: json.hpp does.

namespace avow::wire {

struct JsonLimits {
  std::size_t bytes_max = 1 << 20;
  /// Arrays and objects inside each other. A value of depth d may take 3 d of them.
  std::size_t depth_max = 200;
};

class JsonView;

/// Immutable once parsed.
class JsonDocument {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  /// Reads text that holds exactly one JSON value. Errors: `bad-json`, `limit`.
  [[nodiscard]] static Result<JsonDocument> parse(std::string_view text,
                                                  const JsonLimits& limits = {});
  /// Valid as long as the document stays where it is.
  [[nodiscard]] JsonView root() const;

 private:
  friend class JsonView;
  friend class JsonHandler;

  struct Token {
    Kind kind{};
    bool boolean = false;
    std::uint32_t size = 0;    // Bytes of text; elements of an array; members of an object.
    std::uint32_t offset = 0;  // Of the text.
    std::uint32_t end = 0;     // The index behind this token and all inside it.
  };

  std::string text_;  // Of all strings and numbers, one after another.
  // In an object each member is its key, a string, and then its value.
  std::vector<Token> tokens_;
};

/// Borrows one JSON value of a document.
class JsonView {
 public:
  using Kind = JsonDocument::Kind;
  class Iterator;
  struct Member;

  [[nodiscard]] Kind kind() const { return token().kind; }
  [[nodiscard]] bool is(Kind wanted) const { return kind() == wanted; }
  [[nodiscard]] bool boolean() const { return token().boolean; }
  /// A string's content; a number as it was written.
  [[nodiscard]] std::string_view text() const {
    return std::string_view(document_->text_).substr(token().offset, token().size);
  }
  /// Whether a number has neither fraction nor exponent.
  [[nodiscard]] bool is_integer() const;
  /// A number that is an integer and fits. Nothing for all else.
  [[nodiscard]] std::optional<std::int64_t> as_int64() const;
  /// How many elements or members.
  [[nodiscard]] std::size_t size() const { return token().size; }
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;
  /// An object's members in the order of the text.
  [[nodiscard]] std::vector<Member> members() const;

 private:
  friend class JsonDocument;
  JsonView(const JsonDocument& document, std::uint32_t at) : document_(&document), at_(at) {}
  [[nodiscard]] const JsonDocument::Token& token() const { return document_->tokens_[at_]; }

  const JsonDocument* document_;
  std::uint32_t at_;
};

/// Walks over the elements of an array; of an object, over keys and values in turn.
class JsonView::Iterator {
 public:
  using value_type = JsonView;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::forward_iterator_tag;

  Iterator() = default;
  Iterator(const JsonDocument& document, std::uint32_t at) : document_(&document), at_(at) {}
  JsonView operator*() const { return {*document_, at_}; }
  Iterator& operator++() {
    at_ = document_->tokens_[at_].end;
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Iterator&) const = default;

 private:
  const JsonDocument* document_ = nullptr;
  std::uint32_t at_ = 0;
};

struct JsonView::Member {
  std::string_view key;
  JsonView value;
};

}  // namespace avow::wire
