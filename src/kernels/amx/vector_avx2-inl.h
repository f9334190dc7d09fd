// Sixteen lanes in two AVX2 registers; vector_avx512-inl.h has the same functions with the same bits. Included inside
// the namespace and between the pragmas of the file that is compiled for AVX2 with FMA. Only software tiles use it: it
// need not be fast.

struct Floats {
  __m256 low, high;
};
struct Words {
  __m256i low, high;
};

inline Floats ZeroFloats() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline Floats Set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline Floats LoadFloats(const float* from) { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
inline void StoreFloats(float* to, Floats x) {
  _mm256_storeu_ps(to, x.low);
  _mm256_storeu_ps(to + 8, x.high);
}

inline Floats LoadFirst(const float* from, std::int64_t count) {
  float lanes[16] = {};
  __builtin_memcpy(lanes, from, static_cast<std::size_t>(count) * sizeof(float));
  return LoadFloats(lanes);
}
inline void StoreFirst(float* to, Floats x, std::int64_t count) {
  float lanes[16];
  StoreFloats(lanes, x);
  __builtin_memcpy(to, lanes, static_cast<std::size_t>(count) * sizeof(float));
}
inline Floats FirstOr(Floats x, std::int64_t count, Floats rest) {
  float lanes[16], others[16];
  StoreFloats(lanes, x);
  StoreFloats(others, rest);
  for (std::int64_t i = count; i < 16; ++i) lanes[i] = others[i];
  return LoadFloats(lanes);
}

inline Floats Add(Floats a, Floats b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline Floats Sub(Floats a, Floats b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
inline Floats Mul(Floats a, Floats b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline Floats MulAdd(Floats a, Floats b, Floats c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline Floats Max(Floats a, Floats b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
inline Floats Min(Floats a, Floats b) { return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
inline Floats Round(Floats x) {
  constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return {_mm256_round_ps(x.low, kNearest), _mm256_round_ps(x.high, kNearest)};
}
inline __m256 TimesPowerOfTwo(__m256 x, __m256 n) {
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23)));
}
inline Floats TimesPowerOfTwo(Floats x, Floats n) {
  return {TimesPowerOfTwo(x.low, n.low), TimesPowerOfTwo(x.high, n.high)};
}
inline __m256 Flush(__m256 x) {
  const __m256 sign = _mm256_and_ps(x, _mm256_set1_ps(-0.0f));
  const __m256 small = _mm256_cmp_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0f), x), _mm256_set1_ps(0x1p-126f), _CMP_LT_OQ);
  return _mm256_blendv_ps(x, sign, small);
}
inline Floats Flush(Floats x) { return {Flush(x.low), Flush(x.high)}; }

inline __m256i Bf16Words(__m256 x) {  // in the lower halves
  const __m256i bits = _mm256_castps_si256(Flush(x));
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  return _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
}
inline void StoreBf16(BFloat16* to, Floats x) {
  const __m256i both = _mm256_packus_epi32(Bf16Words(x.low), Bf16Words(x.high));
  const __m256i ordered = _mm256_permute4x64_epi64(both, 0xd8);
  __builtin_memcpy(static_cast<void*>(to), &ordered, sizeof ordered);
}
inline void StoreBf16(BFloat16* to, Floats low, Floats high) {
  StoreBf16(to, low);
  StoreBf16(to + 16, high);
}

inline Words LoadWords(const void* from) {
  const auto* halves = static_cast<const __m256i*>(from);
  return {_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}
inline void StoreWords(void* to, Words x) {
  auto* halves = static_cast<__m256i*>(to);
  _mm256_storeu_si256(halves, x.low);
  _mm256_storeu_si256(halves + 1, x.high);
}
inline Words LoadFirst(const BFloat16* from, std::int64_t count) {
  std::uint16_t values[32] = {};
  __builtin_memcpy(values, from, static_cast<std::size_t>(count) * sizeof(BFloat16));
  return LoadWords(values);
}
inline Words LoadPairs(const BFloat16* a, const BFloat16* b, std::int64_t count) {
  std::uint32_t words[16] = {};
  for (std::int64_t i = 0; i < count; ++i) words[i] = a[i].bits | std::uint32_t{b[i].bits} << 16;
  return LoadWords(words);
}
inline Floats LowerHalves(Words x) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(x.low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(x.high, 16))};
}
inline Floats UpperHalves(Words x) {
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
  return {_mm256_castsi256_ps(_mm256_and_si256(x.low, upper)), _mm256_castsi256_ps(_mm256_and_si256(x.high, upper))};
}

inline Words SetWords(std::uint32_t word) {
  const __m256i words = _mm256_set1_epi32(static_cast<int>(word));
  return {words, words};
}
inline __m256i EvenBytes(__m256i x) { return _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8); }
inline Words EvenBytes(Words x) { return {EvenBytes(x.low), EvenBytes(x.high)}; }
inline Words OddBytes(Words x) { return {_mm256_srai_epi16(x.low, 8), _mm256_srai_epi16(x.high, 8)}; }
inline Words AddPairs(Words sum, Words a, Words b) {
  return {_mm256_add_epi32(sum.low, _mm256_madd_epi16(a.low, b.low)),
          _mm256_add_epi32(sum.high, _mm256_madd_epi16(a.high, b.high))};
}

inline void Transpose(Words (&rows)[16]) {
  std::uint32_t from[16][16], to[16][16];
  for (int r = 0; r < 16; ++r) StoreWords(from[r], rows[r]);
  for (int r = 0; r < 16; ++r) {
    for (int c = 0; c < 16; ++c) to[r][c] = from[c][r];
  }
  for (int r = 0; r < 16; ++r) rows[r] = LoadWords(to[r]);
}

inline __m256 Lower(Floats x) { return x.low; }
inline __m256 Upper(Floats x) { return x.high; }
