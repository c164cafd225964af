// On a GPU, a layer's loop over time and its way back: the loops of `Unrolled` (recurrence.py), a kernel each. A block is a
// member of the ensemble. It keeps V = [W U], or W, in shared memory over all time steps, where one product after the
// other would read it again at each.
//
// A thread has a tile of ROWS units and COLUMNS sequences, and adds up k = 0, 1, .. by fused multiply-adds, from b or zero.
// So a member depends on its own numbers alone. It is compiled for each shape: UNITS, READS and BATCH are given.
//
// Shapes: V (M, n, K), b (M, n), contiguous; element (t, m, i, c) of read (T, M, K, B), h and delta (T, M, n, B) lies at
// t * B + m * member + i * row + c. K is n and what comes from below.

typedef long long Size;

constexpr int n = UNITS, K = READS, B = BATCH;
constexpr int ROWS = 4, COLUMNS = 8;
constexpr int DOWN = (n + ROWS - 1) / ROWS, ACROSS = B / COLUMNS;  // tiles
constexpr int WIDTH = DOWN * ROWS;                                 // of a row in shared memory: whole tiles
constexpr int THREADS = (DOWN * ACROSS + 31) / 32 * 32;            // a thread a tile, in whole warps
constexpr int INPUTS = (K - n) * B / 4, AHEAD = (INPUTS + THREADS - 1) / THREADS;  // in fours; of each thread

struct Tile {
    float at[ROWS][COLUMNS];
};

// Which tile is this thread's: its first unit and first sequence. Threads beyond the last tile have none.
struct Place {
    int unit, sequence;
    bool some;
    __device__ Place() {
        const int own = threadIdx.x;
        unit = own / ACROSS * ROWS, sequence = own % ACROSS * COLUMNS, some = own < ACROSS * DOWN;
    }
};

// What a tile takes in at one k: a number of each unit, and one of each sequence.
struct Factors {
    float of_units[ROWS], of_sequences[COLUMNS];
    __device__ Factors(const float* left, const float* right) {
        const float4 a = *reinterpret_cast<const float4*>(left);
        const float4 b = *reinterpret_cast<const float4*>(right), c = *reinterpret_cast<const float4*>(right + 4);
        of_units[0] = a.x, of_units[1] = a.y, of_units[2] = a.z, of_units[3] = a.w;
        of_sequences[0] = b.x, of_sequences[1] = b.y, of_sequences[2] = b.z, of_sequences[3] = b.w;
        of_sequences[4] = c.x, of_sequences[5] = c.y, of_sequences[6] = c.z, of_sequences[7] = c.w;
    }
};

__device__ void add(Tile& sum, const Factors& factors) {
#pragma unroll
    for (int i = 0; i < ROWS; ++i) {
#pragma unroll
        for (int j = 0; j < COLUMNS; ++j) {
            sum.at[i][j] = fmaf(factors.of_units[i], factors.of_sequences[j], sum.at[i][j]);
        }
    }
}

// sum += left right: left (k_end, WIDTH) and right (k_end, B) in shared memory, which is read one k ahead.
template <int k_end>
__device__ void product(Tile& sum, const Place& place, const float* left, const float* right) {
    left += place.unit, right += place.sequence;
    Factors now(left, right);
#pragma unroll 8
    for (int k = 1; k < k_end; ++k) {
        const Factors next(left + k * WIDTH, right + k * B);
        add(sum, now);
        now = next;
    }
    add(sum, now);
}

// The tile's part of a step (n, B) whose rows are `row` apart. Rows beyond the last are left as they are.
__device__ void read_tile(Tile& tile, const Place& place, const float* from, Size row) {
#pragma unroll
    for (int i = 0; i < ROWS; ++i) {
        if (!place.some || place.unit + i >= n) continue;
        const float4* at = reinterpret_cast<const float4*>(from + (place.unit + i) * row + place.sequence);
#pragma unroll
        for (int j = 0; j < COLUMNS / 4; ++j) {
            const float4 four = at[j];
            tile.at[i][4 * j] = four.x, tile.at[i][4 * j + 1] = four.y;
            tile.at[i][4 * j + 2] = four.z, tile.at[i][4 * j + 3] = four.w;
        }
    }
}

__device__ void write_tile(const Tile& tile, const Place& place, float* to, Size row) {
#pragma unroll
    for (int i = 0; i < ROWS; ++i) {
        if (!place.some || place.unit + i >= n) continue;
        float4* at = reinterpret_cast<float4*>(to + (place.unit + i) * row + place.sequence);
#pragma unroll
        for (int j = 0; j < COLUMNS / 4; ++j) {
            const float* four = tile.at[i] + 4 * j;
            at[j] = make_float4(four[0], four[1], four[2], four[3]);
        }
    }
}

// h_t = relu(V read_t + b). Shared memory: V turned, (K, WIDTH), then read_t, (K, B).
extern "C" __global__ void forward(int T, const float* V, const float* b, const float* read, float* h, Size member,
                                   Size row) {
    extern __shared__ float4 shared[];
    const Place place;
    const int m = blockIdx.x, own = threadIdx.x;
    float *turned = reinterpret_cast<float*>(shared), *now = turned + K * WIDTH;
    V += Size(m) * n * K, b += Size(m) * n, read += m * member, h += m * member;
#pragma unroll 8
    for (int k = own; k < WIDTH * K; k += THREADS) turned[k % K * WIDTH + k / K] = k / K < n ? V[k] : 0;
#pragma unroll 8
    for (int k = own; k < K * B / 4; k += THREADS) {
        reinterpret_cast<float4*>(now)[k] = reinterpret_cast<const float4*>(read + k / (B / 4) * row)[k % (B / 4)];
    }
    float bias[ROWS];
#pragma unroll
    for (int i = 0; i < ROWS; ++i) bias[i] = place.some && place.unit + i < n ? b[place.unit + i] : 0;
    for (int t = 0; t < T; ++t) {
        float4 ahead[AHEAD + 1];  // the next step's input; one more, since none is no array
#pragma unroll
        for (int j = 0; j < AHEAD; ++j) {
            const int k = own + j * THREADS;
            if (t + 1 < T && k < INPUTS) {
                const float* from = read + (t + 1) * B + (n + k / (B / 4)) * row;
                ahead[j] = reinterpret_cast<const float4*>(from)[k % (B / 4)];
            }
        }
        __syncthreads();
        Tile sum;
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = bias[i];
        }
        if (place.some) product<K>(sum, place, turned, now);
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = sum.at[i][j] < 0 ? 0 : sum.at[i][j];  // NaN stays
        }
        __syncthreads();
        write_tile(sum, place, now, B);
        write_tile(sum, place, h + t * B, row);
#pragma unroll
        for (int j = 0; j < AHEAD; ++j) {
            const int k = own + j * THREADS;
            if (t + 1 < T && k < INPUTS) reinterpret_cast<float4*>(now + n * B)[k] = ahead[j];
        }
    }
}

// delta_t = (g_t + W^T delta_{t+1}) * [h_t > 0], where delta holds g, or, with `last_only`, g_{T-1} and zeros. Shared memory: W,
// (n, WIDTH), then delta_{t+1}, (n, B).
extern "C" __global__ void backward(int T, const float* V, const float* h, float* delta, Size member, Size row,
                                    Size delta_member, Size delta_row, int last_only) {
    extern __shared__ float4 shared[];
    const Place place;
    const int m = blockIdx.x;
    float *W = reinterpret_cast<float*>(shared), *later = W + n * WIDTH;
    V += Size(m) * n * K, h += m * member, delta += m * delta_member;
#pragma unroll 8
    for (int k = threadIdx.x; k < n * WIDTH; k += THREADS) {
        W[k] = k % WIDTH < n ? V[k / WIDTH * K + k % WIDTH] : 0;
    }
    for (int t = T - 1; t >= 0; --t) {
        Tile state = {}, sum = {};
        read_tile(state, place, h + t * B, row);
        if (t == T - 1 || !last_only) read_tile(sum, place, delta + t * B, delta_row);
        if (t < T - 1) {
            __syncthreads();
            if (place.some) product<n>(sum, place, W, later);
            __syncthreads();
        }
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = state.at[i][j] <= 0 ? 0 : sum.at[i][j];
        }
        write_tile(sum, place, later, B);
        write_tile(sum, place, delta + t * B, delta_row);
    }
}
