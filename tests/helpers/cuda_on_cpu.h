// Enough of CUDA for g++ to compile fused.cu: blocks one after another, their threads as threads of the system.

#include <barrier>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#define __global__
#define __device__
#define __shared__

struct alignas(16) float4 {
    float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

struct Index {
    int x;
};
inline thread_local Index threadIdx, blockIdx, blockDim;
inline std::unique_ptr<std::barrier<>> all;
inline void __syncthreads() { all->arrive_and_wait(); }

float4 shared[1 << 14];
constexpr float BEFORE = NAN;  // what is in shared memory at first

template <class Kernel>
void launch(int blocks, int threads, Kernel kernel) {
    for (int block = 0; block < blocks; ++block) {
        for (float4& four : shared) four = {BEFORE, BEFORE, BEFORE, BEFORE};
        all = std::make_unique<std::barrier<>>(threads);
        std::vector<std::thread> running;
        for (int thread = 0; thread < threads; ++thread) {
            running.emplace_back([=] {
                threadIdx = {thread}, blockIdx = {block}, blockDim = {threads};
                kernel();
            });
        }
        for (std::thread& one : running) one.join();
    }
}
