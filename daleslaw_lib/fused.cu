// On a GPU, a layer's loop over time and its way back: the loops of `Unrolled` (recurrence.py), a kernel each. A block is a
// member of the ensemble. It keeps V = [W U], or W, in shared memory over all time steps, where one product after the
// other would read it again at each.
//
// A thread has a tile of ROWS units and COLUMNS sequences, and adds up k = 0, 1, .. by fused multiply-adds, from b or zero.
// So a member depends on its own numbers alone.
//
// Shapes: V (M, n, K), b (M, n), contiguous; element (t, m, i, c) of read (T, M, K, B), h and delta (T, M, n, B) lies at
// t * B + m * member + i * row + c. K is n and what comes from below.

constexpr int ROWS = 4, COLUMNS = 8;
constexpr int AHEAD = 8;  // of four numbers each: what a thread reads of the next step's input, at most

typedef long long Size;

struct Tile {
    float at[ROWS][COLUMNS];
};

// Which tile is this thread's: its first unit and first sequence. Threads beyond the last tile have none.
struct Place {
    int unit, sequence, threads;
    bool some;
    __device__ Place(int n, int B) {
        const int across = B / COLUMNS, down = (n + ROWS - 1) / ROWS, own = threadIdx.x;
        unit = own / across * ROWS, sequence = own % across * COLUMNS;
        some = own < across * down, threads = blockDim.x;
    }
};

// sum += A B over `k_end`: A (k_end, width) and B (k_end, batch) in shared memory.
__device__ void product(Tile& sum, const Place& place, const float* A, int width, const float* B, int batch, int k_end) {
#pragma unroll 4
    for (int k = 0; k < k_end; ++k) {
        const float4 a = *reinterpret_cast<const float4*>(A + k * width + place.unit);
        const float4* b = reinterpret_cast<const float4*>(B + k * batch + place.sequence);
        const float4 left = b[0], right = b[1];
        const float of_a[ROWS] = {a.x, a.y, a.z, a.w};
        const float of_b[COLUMNS] = {left.x, left.y, left.z, left.w, right.x, right.y, right.z, right.w};
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = fmaf(of_a[i], of_b[j], sum.at[i][j]);
        }
    }
}

// The tile's part of a step (n, B) whose rows are `row` apart. Rows beyond the last are left as they are.
__device__ void read_tile(Tile& tile, const Place& place, const float* from, Size row, int n) {
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

__device__ void write_tile(const Tile& tile, const Place& place, float* to, Size row, int n) {
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

// h_t = relu(V read_t + b). Shared memory: V turned, (K, width), then read_t, (K, B); width is n, up to a whole tile.
extern "C" __global__ void forward(int T, int B, int n, int K, const float* V, const float* b, const float* read, float* h,
                                   Size member, Size row) {
    extern __shared__ float4 shared[];
    const Place place(n, B);
    const int m = blockIdx.x, width = (n + ROWS - 1) / ROWS * ROWS, four = B / 4;
    float *turned = reinterpret_cast<float*>(shared), *now = turned + K * width;
    V += Size(m) * n * K, b += Size(m) * n, read += m * member, h += m * member;
    for (int k = threadIdx.x; k < width * K; k += place.threads) {
        turned[k % K * width + k / K] = k / K < n ? V[k] : 0;
    }
    for (int k = threadIdx.x; k < K * four; k += place.threads) {
        reinterpret_cast<float4*>(now)[k] = reinterpret_cast<const float4*>(read + k / four * row)[k % four];
    }
    float bias[ROWS];
#pragma unroll
    for (int i = 0; i < ROWS; ++i) bias[i] = place.some && place.unit + i < n ? b[place.unit + i] : 0;
    const int inputs = (K - n) * four;
    for (int t = 0; t < T; ++t) {
        float4 ahead[AHEAD];
        if (t + 1 < T) {
#pragma unroll
            for (int j = 0; j < AHEAD; ++j) {
                const int k = threadIdx.x + j * place.threads;
                if (k < inputs) {
                    const float* from = read + (t + 1) * B + (n + k / four) * row;
                    ahead[j] = reinterpret_cast<const float4*>(from)[k % four];
                }
            }
        }
        __syncthreads();
        Tile sum;
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = bias[i];
        }
        if (place.some) product(sum, place, turned, width, now, B, K);
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = sum.at[i][j] < 0 ? 0 : sum.at[i][j];  // NaN stays
        }
        __syncthreads();
        write_tile(sum, place, now, B, n);
        write_tile(sum, place, h + t * B, row, n);
        if (t + 1 < T) {
#pragma unroll
            for (int j = 0; j < AHEAD; ++j) {
                const int k = threadIdx.x + j * place.threads;
                if (k < inputs) reinterpret_cast<float4*>(now + n * B)[k] = ahead[j];
            }
        }
    }
}

// delta_t = (g_t + W^T delta_{t+1}) * [h_t > 0], where delta holds g, or, with `last_only`, g_{T-1} and zeros. Shared memory: W,
// (n, width), then delta_{t+1}, (n, B).
extern "C" __global__ void backward(int T, int B, int n, int K, const float* V, const float* h, float* delta, Size member,
                                    Size row, Size delta_member, Size delta_row, int last_only) {
    extern __shared__ float4 shared[];
    const Place place(n, B);
    const int m = blockIdx.x, width = (n + ROWS - 1) / ROWS * ROWS;
    float *W = reinterpret_cast<float*>(shared), *later = W + n * width;
    V += Size(m) * n * K, h += m * member, delta += m * delta_member;
    for (int k = threadIdx.x; k < n * width; k += place.threads) {
        W[k] = k % width < n ? V[k / width * K + k % width] : 0;
    }
    for (int t = T - 1; t >= 0; --t) {
        Tile state = {}, sum = {};
        read_tile(state, place, h + t * B, row, n);
        if (t == T - 1 || !last_only) read_tile(sum, place, delta + t * B, delta_row, n);
        if (t < T - 1) {
            __syncthreads();
            if (place.some) product(sum, place, W, width, later, B, n);
            __syncthreads();
        }
#pragma unroll
        for (int i = 0; i < ROWS; ++i) {
#pragma unroll
            for (int j = 0; j < COLUMNS; ++j) sum.at[i][j] = state.at[i][j] <= 0 ? 0 : sum.at[i][j];
        }
        write_tile(sum, place, later, B, n);
        write_tile(sum, place, delta + t * B, delta_row, n);
    }
}
