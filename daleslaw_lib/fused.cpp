// The recurrence of a layer over all time steps, and its way back: the loops of `Unrolled` (recurrence.py) in one
// call each, for numbers on a CPU. Sums stay in registers over a whole product, and bias, relu and mask are applied
// when a tile of them is done, where torch makes four passes a step.
//
// A sum runs over k = 0, 1, .. from zero, by fused multiply-adds, and is then added to what was there: in one piece, or
// in pieces (`piece`) where it is long. Torch's products are often made so, too; where they are, this file gives the same
// numbers to the last bit, and fused.py finds out where. A member depends on its own numbers alone: it is the same in
// any ensemble, on any number of threads.
//
// Shapes, last axis contiguous: V = [W U] (M, n, K), b (M, n); read (T, M, K, B) and h (T, M, n, B), views of one
// buffer, whose strides along T and M are given; delta (T, M, n, B); dV (M, n, K), dx (T, M, K - n, B). The sum of
// delta over time, total (M, n, B), is what db is made of. With `last_only` just the last of delta is read; without
// `keep` just that is written.

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(__AVX512F__)
constexpr int BYTES = 64, ROWS = 12;  // of a vector register; rows of a tile, which is two vectors wide
#elif defined(__AVX__)
constexpr int BYTES = 32, ROWS = 6;
#elif defined(__aarch64__)
constexpr int BYTES = 16, ROWS = 12;
#else
constexpr int BYTES = 16, ROWS = 6;
#endif

#ifdef __clang__
#define ROUNDED
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ROUNDED __attribute__((noinline, optimize("fp-contract=off")))  // no fused multiply-adds
#define INDEPENDENT _Pragma("GCC ivdep")  // the next loop's turns do not touch each other's numbers
#endif

using Size = long long;

template <class Real>
constexpr int WIDTH = BYTES / sizeof(Real);

// --- one product -----------------------------------------------------------------------------------

// sum += A B for a tile of `rows` rows and `vectors` vectors. A (rows, k) has strides `a_row` and `a_k`; the rows of B are
// `b_k` apart, those of sum `sum_row`.
template <class Real, int rows, int vectors>
void tile(Size k_end, const Real* a, Size a_row, Size a_k, const Real* b, Size b_k, Real* sum, Size sum_row) {
    typedef Real Vector __attribute__((vector_size(BYTES)));
    typedef Real Unaligned __attribute__((vector_size(BYTES), aligned(alignof(Real)), may_alias));
    Vector sums[rows][vectors] = {};
    for (Size k = 0; k < k_end; ++k) {
        Vector row[vectors];
        for (int j = 0; j < vectors; ++j) row[j] = *(const Unaligned*)(b + k * b_k + j * WIDTH<Real>);
#pragma GCC unroll 12
        for (int i = 0; i < rows; ++i) {
            const Vector factor = a[i * a_row + k * a_k] - Vector{};
            for (int j = 0; j < vectors; ++j) sums[i][j] += factor * row[j];
        }
    }
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < vectors; ++j) *(Unaligned*)(sum + i * sum_row + j * WIDTH<Real>) += sums[i][j];
}

template <class Real, int vectors, int rows = ROWS, class... Arguments>
void tile_of(Size height, Arguments... arguments) {
    if constexpr (rows > 0) {
        if (height == rows) return tile<Real, rows, vectors>(arguments...);
        tile_of<Real, vectors, rows - 1>(height, arguments...);
    }
}

// How long the pieces of a sum over k are.
Size piece(Size k_end) { return k_end <= 192 ? k_end : k_end <= 384 ? k_end / 2 : 192; }

// work(row, height, column, columns) for each tile of n rows and `columns` columns; heights are nearly equal.
template <class Real, class Work>
void each_tile(Size n, Size columns, Work work) {
    const Size tiles = (n + ROWS - 1) / ROWS, wide = 2 * WIDTH<Real>;
    for (Size column = 0; column < columns; column += wide)
        for (Size k = 0; k < tiles; ++k) {
            const Size row = n * k / tiles;
            work(row, n * (k + 1) / tiles - row, column, std::min(columns - column, wide));
        }
}

// sum += A B for a tile, piece by piece.
template <class Real>
void add_product(
    Size height, Size columns, Size k_end, const Real* a, Size a_row, Size a_k, const Real* b, Size b_k, Real* sum, Size sum_row
) {
    const Size step = std::max<Size>(piece(k_end), 1);
    for (Size k = 0; k < k_end; k += step) {
        const Size here = std::min(step, k_end - k);
        if (columns > WIDTH<Real>)
            tile_of<Real, 2>(height, here, a + k * a_k, a_row, a_k, b + k * b_k, b_k, sum, sum_row);
        else
            tile_of<Real, 1>(height, here, a + k * a_k, a_row, a_k, b + k * b_k, b_k, sum, sum_row);
    }
}

struct Zero {};

// start + A B of n rows and `columns` columns. `start(i, j, count, sums)` fills in what `count` columns of row i, from j on,
// begin with, or is Zero; `finish`, of the same arguments, is given what they are. The rows of B are whole vectors long.
template <class Real, class Start, class Finish>
void product(
    Size n, Size columns, Size k_end, const Real* a, Size a_row, Size a_k, const Real* b, Size b_k, Start start, Finish finish
) {
    constexpr Size wide = 2 * WIDTH<Real>;
    alignas(BYTES) Real sums[ROWS * wide];
    each_tile<Real>(n, columns, [&](Size row, Size height, Size j, Size count) {
        const auto each_row = [&](auto& work) {
            if (count == wide)  // known to the compiler
                for (Size i = 0; i < height; ++i) work(row + i, j, wide, sums + i * wide);
            else
                for (Size i = 0; i < height; ++i) work(row + i, j, count, sums + i * wide);
        };
        if constexpr (std::is_same_v<Start, Zero>)
            std::fill_n(sums, height * wide, Real(0));
        else
            each_row(start);
        add_product(height, count, k_end, a + row * a_row, a_row, a_k, b + j, b_k, sums, wide);
        each_row(finish);
    });
}

template <class Real>
Size whole_vectors(Size columns) {
    return (columns + WIDTH<Real> - 1) / WIDTH<Real> * WIDTH<Real>;
}

// n rows of B numbers as rows of whole vectors: themselves, or a copy.
template <class Real>
const Real* wide(const Real* rows, Size n, Size B, std::vector<Real>& copy) {
    const Size room = whole_vectors<Real>(B);
    if (room == B) return rows;
    copy.resize(n * room);
    for (Size i = 0; i < n; ++i) std::copy_n(rows + i * B, B, copy.data() + i * room);
    return copy.data();
}

// to (columns, rows) = the transpose of rows that are found at `row(i)`; those of `to` are `to_row` apart.
template <class Real, class Row>
void transpose(Size rows, Size columns, Row row, Real* to, Size to_row) {
    typedef Real Four __attribute__((vector_size(4 * sizeof(Real))));
    typedef Real Unaligned __attribute__((vector_size(4 * sizeof(Real)), aligned(alignof(Real)), may_alias));
    const Size whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
    for (Size i = 0; i < whole_rows; i += 4)
        for (Size j = 0; j < whole_columns; j += 4) {
            Four a[4];
            for (int k = 0; k < 4; ++k) a[k] = *(const Unaligned*)(row(i + k) + j);
            const Four b0 = __builtin_shufflevector(a[0], a[1], 0, 4, 1, 5), b1 = __builtin_shufflevector(a[0], a[1], 2, 6, 3, 7);
            const Four b2 = __builtin_shufflevector(a[2], a[3], 0, 4, 1, 5), b3 = __builtin_shufflevector(a[2], a[3], 2, 6, 3, 7);
            Real* out = to + j * to_row + i;
            *(Unaligned*)out = __builtin_shufflevector(b0, b2, 0, 1, 4, 5);
            *(Unaligned*)(out + to_row) = __builtin_shufflevector(b0, b2, 2, 3, 6, 7);
            *(Unaligned*)(out + 2 * to_row) = __builtin_shufflevector(b1, b3, 0, 1, 4, 5);
            *(Unaligned*)(out + 3 * to_row) = __builtin_shufflevector(b1, b3, 2, 3, 6, 7);
        }
    for (Size i = 0; i < rows; ++i)
        for (Size j = i < whole_rows ? whole_columns : 0; j < columns; ++j) to[j * to_row + i] = row(i)[j];
}

template <class Real>
struct Scratch {
    Real* data;
    explicit Scratch(Size numbers) : data(static_cast<Real*>(::operator new(numbers * sizeof(Real), ALIGNED))) {}
    ~Scratch() { ::operator delete(data, ALIGNED); }
    Scratch(const Scratch&) = delete;
    static constexpr std::align_val_t ALIGNED{64};
};

// --- one layer -------------------------------------------------------------------------------------

template <class Real>
struct Layer {
    Size T, M, B, n, K, t_stride, m_stride;
    const Real *V, *b, *read;
    Real *h, *delta, *dV, *total, *dx;
    bool last_only, keep;

    Size operations() const { return T * M * B * n * K; }

    void forward(Size m) const {
        const Real *weights = V + m * n * K, *bias = b + m * n;
        std::vector<Real> copy;
        for (Size t = 0; t < T; ++t) {
            Real* states = h + t * t_stride + m * m_stride;
            const Real* below = wide(read + t * t_stride + m * m_stride, K, B, copy);
            product(
                n, B, K, weights, K, 1, below, whole_vectors<Real>(B),
                [&](Size i, Size, Size count, Real* sums) { std::fill_n(sums, count, bias[i]); },
                [&](Size i, Size j, Size count, const Real* sums) {
                    Real* out = states + i * B + j;
                    for (Size c = 0; c < count; ++c) out[c] = sums[c] < 0 ? 0 : sums[c];  // NaN stays what it is
                }
            );
        }
    }

    void backward(Size m) const {
        const Size wide_B = whole_vectors<Real>(B), wide_K = whole_vectors<Real>(K);
        const Real* weights = V + m * n * K;
        std::vector<Real> copy, across(B * wide_K), gradient(n * wide_K);
        const Scratch<Real> own(keep ? 0 : T * n * B);  // stays in the cache, which all of delta does not
        const auto delta_at = [&](Size t) { return keep || t == T - 1 ? delta + (t * M + m) * n * B : own.data + t * n * B; };
        for (Size t = T; t-- > 0;) {
            const Size here = t * t_stride + m * m_stride;
            Real* now = delta_at(t);
            const bool last = t == T - 1, given = last || !last_only;
            const Real* later = last ? weights : wide<Real>(delta_at(t + 1), n, B, copy);  // of no rows, at the last step
            const auto masked_with = [&](auto start) {
                product(
                    n, B, last ? 0 : n, weights, 1, K, later, wide_B, start,
                    [&](Size i, Size j, Size count, const Real* sums) {
                        const Real* states = h + here + i * B + j;
                        Real* out = now + i * B + j;
                        for (Size c = 0; c < count; ++c) out[c] = states[c] <= 0 ? 0 : sums[c];
                    }
                );
            };
            if (given)
                masked_with([&](Size i, Size j, Size count, Real* sums) { std::copy_n(now + i * B + j, count, sums); });
            else
                masked_with(Zero());
            if (dx) {
                Real* out = dx + (t * M + m) * (K - n) * B;
                product(
                    K - n, B, n, weights + n, 1, K, wide<Real>(now, n, B, copy), wide_B, Zero(),
                    [&](Size i, Size j, Size count, const Real* sums) { std::copy_n(sums, count, out + i * B + j); }
                );
            }
            transpose(K, B, [&](Size i) { return read + here + i * B; }, across.data(), wide_K);
            each_tile<Real>(n, K, [&](Size row, Size height, Size j, Size count) {
                Real* sum = gradient.data() + row * wide_K + j;
                add_product<Real>(height, count, B, now + row * B, B, 1, across.data() + j, wide_K, sum, wide_K);
            });
        }
        for (Size i = 0; i < n; ++i) std::copy_n(gradient.data() + i * wide_K, K, dV + (m * n + i) * K);
        Real* sum = total + m * n * B;
        const Size numbers = n * B;  // by itself: `n` might be thought to change with `sum`
        std::copy_n(delta_at(0), numbers, sum);
        for (Size t = 1; t < T; ++t) {
            const Real* more = delta_at(t);
            INDEPENDENT
            for (Size i = 0; i < numbers; ++i) sum[i] += more[i];
        }
    }
};

// work(m) for every member, on no more threads than `operations` in all are worth.
template <class Work>
void each(Size M, Size threads, Size operations, Work work) {
    threads = std::max<Size>(std::min({threads, M, operations >> 21}), 1);
    const auto share = [&](Size k) {
        for (Size m = M * k / threads; m < M * (k + 1) / threads; ++m) work(m);
    };
    std::vector<std::thread> others;
    for (Size k = 1; k < threads; ++k) others.emplace_back(share, k);
    share(0);
    for (auto& other : others) other.join();
}

// --- one update --------------------------------------------------------------------------------------

// What learns: p (M, rows, columns), its gradient g with strides `g_member` and `g_row`; `ends` a group of parts, which are
// clipped by one norm. Magnitudes are put back to zero.
template <class Real>
struct Part {
    Real *p, *g;
    Size rows, columns, g_member, g_row;
    bool flat, magnitudes, ends;
};

template <class Real>
Size operations(Size n_parts, const Part<Real>* parts) {
    Size found = 0;
    for (Size k = 0; k < n_parts; ++k) found += parts[k].rows * parts[k].columns;
    return found;
}

// The norm of a row, in the order of torch.linalg.vector_norm: a sum for each place in 32 bytes, then those one after another,
// then what is left, by fours; products are rounded before they are added, except the last three at most.
template <class Real>
ROUNDED Real norm(const Real* row, Size columns) {
#ifdef __clang__
#pragma clang fp contract(off)
#endif
    constexpr Size width = 32 / sizeof(Real);
    typedef Real Vector __attribute__((vector_size(32)));
    typedef Real Unaligned __attribute__((vector_size(32), aligned(alignof(Real)), may_alias));
    Vector sums{};
    const Size whole = columns / width * width;
    for (Size j = 0; j < whole; j += width) {
        const Vector part = *(const Unaligned*)(row + j);
        sums += part * part;
    }
    Real total = sums[0];
    for (Size k = 1; k < width; ++k) total += sums[k];
    const Size fours = whole + (columns - whole) / 4 * 4;
    for (Size j = whole; j < fours; ++j) total += row[j] * row[j];
    for (Size j = fours; j < columns; ++j) total = std::fma(row[j], row[j], total);
    return std::sqrt(total);
}

template <class Real>
Real norm_of(const Part<Real>& part, Size m, std::vector<Real>& rows) {
    const Real* g = part.g + m * part.g_member;
    if (part.flat) {
        return norm(g, part.columns);
    }
    rows.resize(part.rows);
    for (Size i = 0; i < part.rows; ++i) rows[i] = norm(g + i * part.g_row, part.columns);
    return norm(rows.data(), part.rows);
}

// Squares of the norms of a member's groups, (groups, M).
template <class Real>
ROUNDED void squares(Size M, Size m, Size n_parts, const Part<Real>* parts, Real* found) {
#ifdef __clang__
#pragma clang fp contract(off)
#endif
    std::vector<Real> rows;
    Real total = 0;
    for (Size k = 0; k < n_parts; ++k) {
        const Real value = norm_of(parts[k], m, rows);
        total += value * value;
        if (parts[k].ends) {
            found[m] = total;
            found += M;
            total = 0;
        }
    }
}

// Scale gradients by `scales` (groups, M), unless there are none; step and project.
template <class Real>
void update(Size M, Size m, Size n_parts, const Part<Real>* parts, const Real* scales, const Real* rates) {
    for (Size k = 0; k < n_parts; ++k) {
        const Part<Real> part = parts[k];  // a copy: what it says does not change with what is written
        const Real scale = scales ? scales[m] : 1, rate = rates[m];
        const Real least = part.magnitudes ? 0 : -std::numeric_limits<Real>::infinity();
        for (Size i = 0; i < part.rows; ++i) {
            Real *p = part.p + (m * part.rows + i) * part.columns, *g = part.g + m * part.g_member + i * part.g_row;
            INDEPENDENT
            for (Size j = 0; j < part.columns; ++j) {
                g[j] *= scale;
                const Real value = std::fma(-g[j], rate, p[j]);
                p[j] = value < least ? least : value;
            }
        }
        if (scales && part.ends) scales += M;
    }
}

// A member's inputs, to (T, n, B), from items (T, ., n) by number. Four at a time: each is read from its first step to its last.
template <class Real>
void gather(
    Size T, Size B, Size n, const Real* items, Size item_t, Size item, const Size* numbers, Real* to, Size t_stride
) {
    for (Size b = 0; b < B; b += 4)
        for (Size t = 0; t < T; ++t) {
            const auto row = [&](Size i) { return items + t * item_t + numbers[b + i] * item; };
            transpose(std::min<Size>(B - b, 4), n, row, to + t * t_stride + b, B);
        }
}

// --- what Python calls -----------------------------------------------------------------------------

#define OF_TYPE(Real, name) \
    extern "C" void forward_##name(Size threads, const Layer<Real>* layer) { \
        each(layer->M, threads, layer->operations(), [&](Size m) { layer->forward(m); }); \
    } \
    extern "C" void backward_##name(Size threads, const Layer<Real>* layer) { \
        each(layer->M, threads, layer->operations(), [&](Size m) { layer->backward(m); }); \
    } \
    extern "C" void squares_##name(Size threads, Size M, Size n_parts, const Part<Real>* parts, Real* found) { \
        const Size work = M * operations(n_parts, parts); \
        each(M, threads, work, [&](Size m) { squares(M, m, n_parts, parts, found); }); \
    } \
    extern "C" void update_##name( \
        Size threads, Size M, Size n_parts, const Part<Real>* parts, const Real* scales, const Real* rates \
    ) { \
        const Size work = M * operations(n_parts, parts); \
        each(M, threads, work, [&](Size m) { update(M, m, n_parts, parts, scales, rates); }); \
    } \
    extern "C" bool gather_##name( \
        Size threads, Size T, Size M, Size B, Size n, Size n_items, const Real* items, Size item_t, Size item, \
        const Size* numbers, Size m_numbers, Real* to, Size t_stride, Size m_stride \
    ) { \
        for (Size m = 0; m < M; ++m) \
            for (Size b = 0; b < B; ++b) \
                if (numbers[m * m_numbers + b] < 0 || numbers[m * m_numbers + b] >= n_items) return false; \
        each(M, threads, T * M * B * n, [&](Size m) { \
            gather(T, B, n, items, item_t, item, numbers + m * m_numbers, to + m * m_stride, t_stride); \
        }); \
        return true; \
    }

OF_TYPE(float, float32)
OF_TYPE(double, float64)
