// bitcpp._bitcpp: the C++ interface for Python. Lists of str go in, numpy arrays and tuples come
// out; what users see is made of these in Python (bitcpp/model.py). The GIL is released while the
// model works.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <bitcpp/bitcpp.hpp>

namespace nb = nanobind;

namespace bitcpp {
namespace {

using Floats = nb::ndarray<nb::numpy, float>;
using Flags = nb::ndarray<nb::numpy, bool>;

/// A new array of which Python is the owner.
template <class Value>
Value* new_values(std::size_t count, nb::capsule& owner) {
  auto* values = new Value[count]();
  owner = nb::capsule(values, [](void* data) noexcept { delete[] static_cast<Value*>(data); });
  return values;
}

/// Texts as views of Python's own UTF-8, which lives as long as this does: the tuples hold every
/// str, whatever other threads do to the caller's list while the GIL is released.
class Texts {
 public:
  Texts(const nb::object& texts, const nb::object& pairs) : texts_(texts) {
    if (!pairs.is_none()) {
      pairs_ = nb::tuple(pairs);
      if (pairs_.size() != texts_.size()) {
        throw nb::value_error((std::to_string(texts_.size()) + " texts and " +
                               std::to_string(pairs_.size()) + " second texts")
                                  .c_str());
      }
    }
    views_.reserve(texts_.size());
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if (!pairs.is_none())
        views_.emplace_back(view(texts_[i]), view(pairs_[i]));
      else
        views_.emplace_back(view(texts_[i]));
    }
  }

  const std::vector<Text>& views() const { return views_; }
  std::string_view text(std::size_t i) const { return of(views_[i].text); }
  std::string_view pair(std::size_t i) const { return of(views_[i].pair); }

 private:
  static std::string_view of(const bitcpp_string& text) {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
  }

  std::string_view view(nb::handle text) {
    if (!nb::isinstance<nb::str>(text)) {
      const std::string type = nb::cast<std::string>(nb::type_name(text.type()));
      throw nb::type_error(("expected a text (str), not " + type).c_str());
    }
    Py_ssize_t size = 0;
    if (const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size))
      return {data, static_cast<std::size_t>(size)};
    // Lone surrogates, which are no UTF-8: bytes that the tokenizer reads as U+FFFD.
    PyErr_Clear();
    nb::object bytes = nb::steal(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogatepass"));
    if (!bytes.is_valid()) throw nb::python_error();
    encoded_.push_back(nb::borrow<nb::bytes>(bytes));
    return {encoded_.back().c_str(), encoded_.back().size()};
  }

  nb::tuple texts_, pairs_;
  std::vector<nb::bytes> encoded_;
  std::vector<Text> views_;
};

/// Places in bytes as places in characters, which is how Python counts.
class Characters {
 public:
  explicit Characters(std::string_view text) {
    // Most texts are ASCII, where both are the same.
    const auto wide = [](char c) { return (c & 0x80) != 0; };
    if (std::none_of(text.begin(), text.end(), wide)) return;
    before_.reserve(text.size() + 1);
    std::size_t characters = 0;
    for (const char c : text) {
      const bool begins = (c & 0xc0) != 0x80;
      before_.push_back(begins ? characters : characters - 1);
      characters += begins;
    }
    before_.push_back(characters);
  }

  nb::tuple operator()(std::size_t begin, std::size_t end) const {
    return before_.empty() ? nb::make_tuple(begin, end)
                           : nb::make_tuple(before_[begin], before_[end]);
  }

 private:
  std::vector<std::size_t> before_;  // of each byte; empty for ASCII
};

/// bitcpp_classify or bitcpp_regress: an array of `width` numbers a text, and which were cut.
template <class Call>
nb::tuple numbers(const Texts& texts, std::size_t width, const Call& call) {
  const std::size_t count = texts.views().size();
  nb::capsule floats, flags;
  auto* values = new_values<float>(count * width, floats);
  auto* truncated = new_values<bool>(count, flags);
  static_assert(sizeof(bool) == sizeof(std::uint8_t));
  {
    const nb::gil_scoped_release released;
    detail::check(
        call(texts.views().data(), count, values, reinterpret_cast<std::uint8_t*>(truncated)));
  }
  return nb::make_tuple(Floats(values, {count, width}, floats), Flags(truncated, {count}, flags));
}

/// Calls `work` without the GIL.
template <class Work>
auto released(const Work& work) {
  const nb::gil_scoped_release released;
  return work();
}

nb::tuple classify(const Model& model, const nb::object& texts, const nb::object& pairs) {
  return numbers(Texts(texts, pairs), model.info().label_count,
                 [&](auto... arguments) { return bitcpp_classify(model.get(), arguments...); });
}

nb::tuple regress(const Model& model, const nb::object& texts, const nb::object& pairs) {
  return numbers(Texts(texts, pairs), 1,
                 [&](auto... arguments) { return bitcpp_regress(model.get(), arguments...); });
}

nb::tuple embed(const Model& model, const nb::object& texts, const nb::object& pairs,
                bool first_token, bool normalize) {
  const auto pooling = first_token ? BITCPP_POOL_FIRST : BITCPP_POOL_MEAN;
  return numbers(
      Texts(texts, pairs), model.info().hidden_size,
      [&](const bitcpp_text* from, std::size_t count, float* values, std::uint8_t* truncated) {
        return bitcpp_embed(model.get(), from, count, pooling, normalize, values, truncated);
      });
}

/// Per text (words, entities, truncated), each word or entity (label, (begin, end), score).
nb::list tag(const Model& model, const nb::object& texts) {
  const Texts held(texts, nb::none());
  const std::vector<Tagged> tagged = released([&] { return model.tag(held.views()); });
  nb::list results;
  for (std::size_t i = 0; i < tagged.size(); ++i) {
    const Characters places(held.text(i));
    nb::list words, entities;
    for (const Word& word : tagged[i].words)
      words.append(nb::make_tuple(word.tag, places(word.begin, word.end), word.score));
    for (const Entity& entity : tagged[i].entities)
      entities.append(nb::make_tuple(entity.label, places(entity.begin, entity.end), entity.score));
    results.append(nb::make_tuple(words, entities, tagged[i].truncated));
  }
  return results;
}

/// Per question a list of ((begin, end), score), best first.
nb::list answer(const Model& model, const nb::object& questions, const nb::object& contexts,
                std::size_t top) {
  const Texts held(questions, contexts);
  nb::list results;
  for (std::size_t i = 0; i < held.views().size(); ++i) {
    const std::vector<Answer> answers =
        released([&] { return model.answer(held.text(i), held.pair(i), top); });
    const Characters places(held.pair(i));
    nb::list spans;
    for (const Answer& one : answers)
      spans.append(nb::make_tuple(places(one.begin, one.end), one.score));
    results.append(spans);
  }
  return results;
}

/// (ids, places) of one text.
nb::tuple tokenize(const Model& model, const nb::object& text, const nb::object& pair) {
  const Texts held(nb::make_tuple(text), pair.is_none() ? pair : nb::make_tuple(pair));
  const std::vector<Token> tokens = released([&] { return model.tokenize(held.views()[0]); });
  const Characters first(held.text(0)), second(held.pair(0));
  nb::list ids, places;
  int separators = 0;
  for (const Token& token : tokens) {
    ids.append(token.id);
    places.append((separators == 0 ? first : second)(token.begin, token.end));
    separators += model.token(token.id) == "[SEP]";
  }
  return nb::make_tuple(ids, places);
}

Model* open(const std::string& path, int threads, std::size_t max_length, bool refuse_long) {
  Options options;
  options.with_threads(threads).with_max_length(max_length);
  if (refuse_long) options.refusing_long_texts();
  return released([&] { return new Model(path, options); });
}

}  // namespace
}  // namespace bitcpp

NB_MODULE(_bitcpp, module) {
  using bitcpp::Model;
  module.attr("version") = bitcpp_version();
  nb::exception<bitcpp::Error>(module, "Error", PyExc_ValueError);
  nb::class_<Model>(module, "Model")
      .def_static("open", &bitcpp::open, nb::rv_policy::take_ownership)
      .def("classify", &bitcpp::classify, nb::arg("texts"), nb::arg("pairs").none())
      .def("regress", &bitcpp::regress, nb::arg("texts"), nb::arg("pairs").none())
      .def("embed", &bitcpp::embed, nb::arg("texts"), nb::arg("pairs").none(),
           nb::arg("first_token"), nb::arg("normalize"))
      .def("tag", &bitcpp::tag)
      .def("answer", &bitcpp::answer)
      .def("tokenize", &bitcpp::tokenize, nb::arg("text"), nb::arg("pair").none())
      .def("token", &Model::token)
      .def_prop_ro("task", [](const Model& model) { return model.info().task_name; })
      .def_prop_ro("labels", &Model::labels)
      .def_prop_ro("pair", [](const Model& model) { return model.info().pair != 0; })
      .def_prop_ro("marks_entities",
                   [](const Model& model) { return model.info().marks_entities != 0; })
      .def_prop_ro("max_length", [](const Model& model) { return model.info().max_length; })
      .def_prop_ro("hidden_size", [](const Model& model) { return model.info().hidden_size; })
      .def_prop_ro("layers", [](const Model& model) { return model.info().layers; })
      .def_prop_ro("isa", [](const Model& model) { return model.info().isa; });
}
