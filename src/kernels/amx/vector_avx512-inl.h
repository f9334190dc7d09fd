// Sixteen lanes in one AVX-512 register; vector_avx2-inl.h has the same functions with the same bits. Included inside
// the namespace and between the pragmas of the file that is compiled for AVX-512 with bf16.

using Floats = __m512;
using Words = __m512i;  // 16 words of 32 bits

inline Floats ZeroFloats() { return _mm512_setzero_ps(); }
inline Floats Set(float x) { return _mm512_set1_ps(x); }
inline Floats LoadFloats(const float* from) { return _mm512_loadu_ps(from); }
inline void StoreFloats(float* to, Floats x) { _mm512_storeu_ps(to, x); }

inline __mmask16 First(std::int64_t count) { return static_cast<__mmask16>((1u << count) - 1); }  // count <= 16
inline Floats LoadFirst(const float* from, std::int64_t count) { return _mm512_maskz_loadu_ps(First(count), from); }
inline void StoreFirst(float* to, Floats x, std::int64_t count) { _mm512_mask_storeu_ps(to, First(count), x); }
// x in the first `count` lanes, `rest` in the others.
inline Floats FirstOr(Floats x, std::int64_t count, Floats rest) { return _mm512_mask_mov_ps(rest, First(count), x); }

inline Floats Add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats Sub(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
inline Floats Mul(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
inline Floats MulAdd(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
// Both give b where one of the two is NaN.
inline Floats Max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
inline Floats Min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
inline Floats Round(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// x 2^n for whole n and a normal result.
inline Floats TimesPowerOfTwo(Floats x, Floats n) { return _mm512_scalef_ps(x, n); }
// Denormal numbers to zeros of the same sign.
inline Floats Flush(Floats x) {
  const __mmask16 small = _mm512_cmp_ps_mask(_mm512_abs_ps(x), _mm512_set1_ps(0x1p-126f), _CMP_LT_OQ);
  return _mm512_mask_mov_ps(
      x, small, _mm512_castsi512_ps(_mm512_and_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(INT32_MIN))));
}

// To bf16, to nearest even, denormal numbers to zeros.
inline void StoreBf16(BFloat16* to, Floats low, Floats high) {
  const __m512bh both = _mm512_cvtne2ps_pbh(high, low);
  __builtin_memcpy(static_cast<void*>(to), &both, sizeof both);
}
inline void StoreBf16(BFloat16* to, Floats x) {
  const __m256bh half = _mm512_cvtneps_pbh(x);
  __builtin_memcpy(static_cast<void*>(to), &half, sizeof half);
}

inline Words LoadWords(const void* from) { return _mm512_loadu_si512(from); }
inline void StoreWords(void* to, Words x) { _mm512_storeu_si512(to, x); }
// The first `count` <= 32 values, zeros behind them.
inline Words LoadFirst(const BFloat16* from, std::int64_t count) {
  return _mm512_maskz_loadu_epi16(static_cast<__mmask32>((std::uint64_t{1} << count) - 1), from);
}
// Sixteen pairs of one value of each, a in the lower halves: the first `count` <= 16 values, zeros behind them.
inline Words LoadPairs(const BFloat16* a, const BFloat16* b, std::int64_t count) {
  const Words low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(First(count), a));
  const Words high = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(First(count), b));
  return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}
inline Floats LowerHalves(Words x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); }
inline Floats UpperHalves(Words x) {
  return _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
}

inline Words SetWords(std::uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
// Bytes 0 and 2 of each word, and its bytes 1 and 3, as two numbers of 16 bits.
inline Words EvenBytes(Words x) { return _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8); }
inline Words OddBytes(Words x) { return _mm512_srai_epi16(x, 8); }
// To each word the products of the two numbers of 16 bits.
inline Words AddPairs(Words sum, Words a, Words b) { return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b)); }

// rows: [16][16 words], transposed in place.
inline void Transpose(Words (&rows)[16]) {
  Words pairs[16], fours[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  // fours[4 a + j] holds the columns j, 4 + j, 8 + j, 12 + j of the rows 4 a .. 4 a + 3.
  for (int j = 0; j < 4; ++j) {
    const Words even01 = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0x88);
    const Words even23 = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0x88);
    const Words odd01 = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0xdd);
    const Words odd23 = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0xdd);
    rows[j] = _mm512_shuffle_i32x4(even01, even23, 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
    rows[4 + j] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
    rows[12 + j] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
  }
}

inline __m256 Lower(Floats x) { return _mm512_castps512_ps256(x); }
inline __m256 Upper(Floats x) { return _mm512_extractf32x8_ps(x, 1); }
