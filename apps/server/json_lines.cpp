// POST /classify: JSON lines in, JSON lines out, in order, while the request is still being read. Lines are read and
// written as by the command line tool, valence --jsonl.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/answer_line.h"
#include "common/json_object.h"
#include "common/text.h"
#include "out_of_memory.h"
#include "service.h"

namespace server {
namespace {

// Submitted together: a few of the model's batches.
constexpr std::size_t kWindowLines = 256;
constexpr std::size_t kWindowBytes = 64 * 1024;
// One is computed while the next is read and the one before is written.
constexpr std::size_t kWindows = 3;
constexpr std::size_t kLongestLine = 1024 * 1024;

class JsonLines final : public Stream, public std::enable_shared_from_this<JsonLines> {
 public:
  JsonLines(Service& service, std::shared_ptr<const Model> model, std::shared_ptr<StreamExchange> exchange,
            const common::AnswerKeys& keys)
      : service_(service), model_(std::move(model)), exchange_(std::move(exchange)), keys_(keys) {}

  void OnBody(std::string_view bytes, bool last) override {
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      AppendToLine(bytes.substr(0, end));
      EndLine();
    }
    AppendToLine(bytes);
    if (last && (!line_.empty() || too_long_)) EndLine();
    ended_ = ended_ || last;
    Go();
  }

  void OnStop() override {
    stopped_ = true;
    for (const auto& window : windows_) {
      if (!window->done) model_->classifier.cancel(window->submission);
    }
  }

 private:
  struct Line {
    std::size_t number;  // from 1
    common::JsonObject object;
    std::string error;  // why it has no text; else empty
  };

  struct Window {
    std::vector<Line> lines;
    std::uint64_t submission = 0;
    std::size_t tokens = 0;
    bool done = false;
    valence::Outcome outcome;
  };

  void AppendToLine(std::string_view bytes) {
    if (line_.size() + bytes.size() > kLongestLine) too_long_ = true;
    if (!too_long_) line_ += bytes;
  }

  void EndLine() {
    Line line{++count_, {}, {}};
    if (!too_long_ && common::IsBlank(line_)) return line_.clear();
    if (too_long_) {
      line.error = "expected a line of at most " + std::to_string(kLongestLine) + " bytes";
    } else {
      if (line_.ends_with('\r')) line_.pop_back();
      line_bytes_ += line_.size();
      try {
        line.object = common::JsonObject::Parse(line_);
        line.object.StringAt("text");
      } catch (const std::invalid_argument& error) {
        line.error = error.what();
      }
    }
    lines_.push_back(std::move(line));
    line_.clear();
    too_long_ = false;
    if (lines_.size() >= kWindowLines || line_bytes_ >= kWindowBytes) Submit();
  }

  // Lines wait for more only while others are computed.
  void Go() {
    Flush();
    if (windows_.empty() || (ended_ && windows_.size() < kWindows)) Submit();
    Flush();  // a window without a text is answered at once
    exchange_->WantBody(windows_.size() < kWindows);
    if (!ended_ || !windows_.empty() || !lines_.empty()) return;
    // Writing may have brought the rest of the body, and with it the end.
    if (!std::exchange(answer_ended_, true)) exchange_->End();
  }

  void Submit() {
    if (lines_.empty() || stopped_) return;
    auto window = std::make_shared<Window>();
    window->lines = std::exchange(lines_, {});
    line_bytes_ = 0;
    std::vector<std::string> texts;
    for (const Line& line : window->lines) {
      if (line.error.empty()) texts.push_back(line.object.StringAt("text"));
    }
    windows_.push_back(window);
    if (texts.empty()) {
      window->done = true;
      return;
    }
    window->tokens = EstimateTokens(model_->classifier, texts);
    service_.inference.Count(window->tokens);
    try {
      const auto handed_over = std::make_shared<std::shared_ptr<JsonLines>>();
      window->submission =
          service_.inference.Submit(*model_, std::move(texts),
                                    [self = shared_from_this(), handed_over, window](valence::Outcome outcome) mutable {
                                      window->outcome = std::move(outcome);
                                      self->service_.inference.Release(window->tokens);
                                      const std::shared_ptr<StreamExchange> exchange = self->exchange_;
                                      // As in inference.cpp: this thread must not end the model's last reference.
                                      *handed_over = std::move(self);
                                      Insist([&] {
                                        exchange->Post([handed_over, window] {
                                          const auto lines = std::move(*handed_over);
                                          lines->OnOutcome(*window);
                                        });
                                      });
                                    });
    } catch (...) {
      window->outcome.error = std::current_exception();
      service_.inference.Release(window->tokens);
      service_.metrics.CountTexts(window->outcome);
      window->done = true;  // the caller goes on to write it, and to end the answer once
    }
  }

  void OnOutcome(Window& window) {
    service_.metrics.CountTexts(window.outcome);
    window.done = true;
    if (!stopped_) Go();
  }

  // Writes what is answered, up to the first window that is not.
  void Flush() {
    std::string out;
    for (; !windows_.empty() && windows_.front()->done; windows_.pop_front()) {
      Window& window = *windows_.front();
      const std::string reason = ReasonOf(window.outcome.error);
      auto prediction = window.outcome.predictions.begin();
      for (Line& line : window.lines) {
        if (line.error.empty()) line.error = reason;
        out += line.error.empty() ? Answered(std::move(line.object), *prediction++)
                                  : common::ErrorLine(line.number, line.error);
      }
    }
    exchange_->Write(out);
  }

  std::string Answered(common::JsonObject object, const valence::Prediction& prediction) const {
    const std::string text = object.StringAt("text");
    return common::AnswerLine(std::move(object), text, prediction, model_->classifier, keys_);
  }

  static std::string ReasonOf(const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
      return {};
    } catch (const std::bad_alloc&) {
      return "out of memory";
    } catch (const std::exception& reason) {
      return reason.what();
    }
  }

  Service& service_;
  const std::shared_ptr<const Model> model_;
  const std::shared_ptr<StreamExchange> exchange_;
  const common::AnswerKeys keys_;
  std::string line_;  // as far as it has come
  bool too_long_ = false;
  std::size_t count_ = 0;    // of lines
  std::vector<Line> lines_;  // not submitted yet
  std::size_t line_bytes_ = 0;
  std::deque<std::shared_ptr<Window>> windows_;  // submitted, in order
  bool ended_ = false;                           // the body
  bool answer_ended_ = false;
  bool stopped_ = false;
};

common::AnswerKeys ReadKeys(const Request& request) {
  const std::string_view type = request.header("content-type");
  const std::string_view bare = type.substr(0, type.find_first_of("; "));
  if (bare != "application/x-ndjson" && bare != "application/jsonl" && bare != "application/jsonlines") {
    throw Refused{415, "validation", "Content-Type: expected application/x-ndjson, found \"" + std::string(type) + '"'};
  }
  const auto asked = [&](std::string_view name) { return QueryParameter(request.target, name).has_value(); };
  return {.scores = asked("scores"), .logits = asked("logits"), .tokens = asked("tokens")};
}

}  // namespace

bool IsStream(const Request& request) { return request.method == "POST" && request.path() == "/classify"; }

StreamHandler MakeStreamHandler(Service& service) {
  return [&service](const Request& request, std::shared_ptr<StreamExchange> exchange,
                    Response& refusal) -> std::shared_ptr<Stream> {
    KeepReserve();
    if (!service.api_keys.Allow(request)) {
      refusal = ApiKeys::Refusal();
      return nullptr;
    }
    try {
      const auto keys = ReadKeys(request);
      auto model = FindModel(service, request);
      service.inference.Admit(0);
      return std::make_shared<JsonLines>(service, std::move(model), std::move(exchange), keys);
    } catch (const Refused& refused) {
      refusal = RefusalOf(refused);
    } catch (const std::bad_alloc&) {
      refusal = OutOfMemory();
    }
    return nullptr;
  };
}

}  // namespace server
