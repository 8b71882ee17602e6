#include "core/engine/stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <memory>

#include "core/base/parallel.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/evaluate.hpp"
#include "core/indicators/indicator.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {
namespace {

// A part of some dozens of columns fits into a core's cache.
constexpr std::size_t words_per_part = 32, bars_per_part = words_per_part * bits_per_word;

std::span<const double> raw_series(const Program& program, StepId id, const BarsView& bars) {
    const std::array<std::span<const double>, 5> raw{bars.open, bars.high, bars.low, bars.close, bars.volume};
    const Step& step = program.steps[id];
    return step.kind == Step::Kind::series && step.index < raw.size() ? raw[step.index] : std::span<const double>{};
}

std::unique_ptr<Parts> parts_of(const Program& program, StepId id, const BarsView& bars, std::size_t from) {
    const Step& step = program.steps[id];
    if (step.kind != Step::Kind::output) return nullptr;
    const Call& call = program.calls[program.steps[step.args[0].step].index];
    if (call.indicator->in_parts == nullptr || call.input == no_step) return nullptr;
    const auto x = raw_series(program, call.input, bars);
    return x.empty() ? nullptr : call.indicator->in_parts(x, call.arguments, from);
}

// One operand's values, a part after the other.
class Source {
public:
    explicit Source(std::span<const double> raw) : raw_(raw) {}
    explicit Source(std::unique_ptr<Parts> parts)
        : parts_(std::move(parts)),
          first_(parts_->begin()),
          made_(first_),
          buffer_(bars_per_part + 2 * parts_->overshoot()) {}

    // Makes the values of bars [begin, end), padded to whole words with unknown ones. Parts come in order.
    void make(std::size_t begin, std::size_t end) {
        const std::size_t count = end - begin, padded = bitmap_words(count) * bits_per_word;
        if (parts_ == nullptr && padded == count) {
            values_ = raw_.data() + begin;
            known_ = true;
            return;
        }
        if (parts_ == nullptr) {
            buffer_.resize(padded);
            std::copy_n(raw_.data() + begin, count, buffer_.data());
        } else {
            make_parts(begin, end);
        }
        std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(count),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(padded), std::numeric_limits<double>::quiet_NaN());
        values_ = buffer_.data();
        known_ = padded == count && begin >= unknown_before_;
    }
    const double* values() const { return values_; }
    bool known() const { return known_; }  // all of the part's values

    std::array<std::uint64_t, words_per_part> unknown{};  // bits, where not all are known

private:
    void make_parts(std::size_t begin, std::size_t end) {
        if (made_ < begin) advance(begin, buffer_.data());
        if (made_ > begin && begin > first_)
            std::memmove(buffer_.data(), buffer_.data() + (begin - first_), (made_ - begin) * sizeof(double));
        first_ = begin;
        if (made_ < end) advance(end, buffer_.data() + (made_ - begin));
    }
    void advance(std::size_t until, double* out) {
        const std::size_t before = made_;
        made_ = parts_->advance(until, out);
        if (kernels().drop_non_finite(out, made_ - before)) unknown_before_ = made_;
    }

    std::span<const double> raw_;
    std::unique_ptr<Parts> parts_;
    std::size_t first_ = 0, made_ = 0;  // bars in the buffer
    std::size_t unknown_before_ = 0;
    std::vector<double> buffer_;
    const double* values_ = nullptr;
    bool known_ = false;
};

class Stream {
public:
    Stream(const Program& program, std::span<const Comparison> comparisons, const BarsView& bars,
           std::span<const std::span<std::uint64_t>> bitmaps, std::size_t from)
        : program_(program), bars_(bars) {
        for (const Comparison& comparison : comparisons) {
            Work one{.a = place_of(comparison.a.step, from), .b = place_of(comparison.b.step, from)};
            std::array<std::uint64_t*, 6> bits{};
            for (std::size_t i = 0; i < bits.size(); ++i)
                if (comparison.steps[i] != no_step) bits[i] = bitmaps[comparison.steps[i]].data();
            one.bits = {bits[0], bits[1], bits[2], bits[3], bits[4], bits[5]};
            if (one.a == no_source) {  // the number stands on the right
                std::swap(one.a, one.b);
                one.bits = {bits[1], bits[0], bits[3], bits[2], bits[4], bits[5]};
                one.constant = program.steps[comparison.a.step].value;
            } else if (one.b == no_source) {
                one.constant = program.steps[comparison.b.step].value;
            }
            work_.push_back(one);
        }
        // Those of one value after each other: it is in the nearest cache then.
        std::stable_sort(work_.begin(), work_.end(),
                         [](const Work& one, const Work& other) { return one.a < other.a; });
    }

    // Bars [begin, end); begin is the beginning of a word.
    void run(std::size_t begin, std::size_t end, const Control& control) {
        for (; begin < end; begin += bars_per_part) {
            control.check();
            run_part(begin, std::min(end, begin + bars_per_part));
        }
    }

private:
    static constexpr std::size_t no_source = ~std::size_t{0};
    struct Work {
        std::size_t a = no_source, b = no_source;  // places of sources; b none: the constant
        double constant = 0;
        RelationBits bits = {};
    };

    std::size_t place_of(StepId step, std::size_t from) {
        if (program_.steps[step].kind == Step::Kind::constant) return no_source;
        const auto [place, is_new] = places_.try_emplace(step, sources_.size());
        if (is_new) {
            const auto raw = raw_series(program_, step, bars_);
            if (raw.empty())
                sources_.emplace_back(parts_of(program_, step, bars_, from));
            else
                sources_.emplace_back(raw);
        }
        return place->second;
    }

    void run_part(std::size_t begin, std::size_t end) {
        const Kernels& use = kernels();
        const std::size_t word = begin / bits_per_word, words = bitmap_words(end) - word;
        for (Source& source : sources_) {
            source.make(begin, end);
            if (source.known())
                source.unknown.fill(0);
            else
                use.mark_unknown(source.values(), words, source.unknown.data());
        }
        for (const Work& one : work_) {
            const Source& a = sources_[one.a];
            if (one.b == no_source) {
                use.compare_constant(a.values(), one.constant, words, one.bits.from(word));
            } else {
                const Source& b = sources_[one.b];
                use.compare_known(a.values(), b.values(), a.unknown.data(), b.unknown.data(), words,
                                  one.bits.from(word));
            }
        }
    }

    const Program& program_;
    const BarsView& bars_;
    std::map<StepId, std::size_t> places_;
    std::vector<Source> sources_;
    std::vector<Work> work_;
};

}  // namespace

std::vector<std::uint8_t> find_streamable(const Program& program, const BarsView& bars) {
    enum class Answer : std::uint8_t { unknown, no, yes };
    std::vector<Answer> by_parts(program.steps.size(), Answer::unknown);  // of operands: many comparisons read one
    const auto can_be_made = [&](Operand operand) {
        Answer& answer = by_parts[operand.step];
        if (answer == Answer::unknown) {
            const bool can =
                !raw_series(program, operand.step, bars).empty() || parts_of(program, operand.step, bars, 0) != nullptr;
            answer = can ? Answer::yes : Answer::no;
        }
        return operand.lag == 0 && answer == Answer::yes;
    };
    std::vector<std::uint8_t> result(program.steps.size(), 0);
    for (StepId id = 0; id < program.steps.size(); ++id) {
        if (!is_comparison(program.steps[id].kind)) continue;
        bool all_constant = true, all_made = true;
        for (const Operand operand : program.steps[id].args) {
            if (program.steps[operand.step].kind == Step::Kind::constant) continue;
            all_constant = false;
            all_made = all_made && can_be_made(operand);
        }
        result[id] = !all_constant && all_made ? 1 : 0;
    }
    return result;
}

void stream_comparisons(const Program& program, std::span<const StepId> comparisons, const BarsView& bars,
                        std::span<const std::span<std::uint64_t>> bitmaps, const Control& control) {
    if (comparisons.empty()) return;
    const std::vector<Comparison> groups = group_comparisons(program, comparisons);
    const std::size_t parts = (bars.size() + bars_per_part - 1) / bars_per_part;
    const std::size_t spans = std::min<std::size_t>(std::max(control.threads, 1u), parts);
    parallel_for(spans, control, [&](std::size_t i) {
        const std::size_t begin = parts * i / spans * bars_per_part;
        const std::size_t end = std::min(bars.size(), parts * (i + 1) / spans * bars_per_part);
        Stream(program, groups, bars, bitmaps, begin).run(begin, end, control);
    });
}

}  // namespace evolve
