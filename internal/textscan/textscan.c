//go:build native

#include "textscan.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES TEXTSCAN_LANES
#define ENDS 0x80000000u // of a transition into a state in which literals end

static uint32_t single(const uint32_t *next, const uint8_t *class, uint32_t s, const uint8_t *p, uint32_t from, uint32_t to, textscan_mark *out, uint32_t *n) {
	for (uint32_t i = from; i < to; i++) {
		s = next[s + class[p[i]]];
		if (s & ENDS) {
			s &= ~ENDS;
			out[(*n)++] = (textscan_mark){i, s};
		}
	}
	return s;
}

#define STEP(k) s##k = next[s##k + class[p[i + k * part]]];
#define WARM(k) s##k = next[s##k + class[p[k * part - warm + i]]] & ~ENDS;
#define MARK(k) \
	if (s##k & ENDS) { \
		s##k &= ~ENDS; \
		out[k * part + n[k]++] = (textscan_mark){(uint32_t)(k * part + i), s##k}; \
	}

// The parts wait for one load after the other, so eight of them go in step. Each but the
// first begins warm bytes before its part, after which it is in the state that one
// scan would be in.
static uint32_t lanes(const uint32_t *next, const uint8_t *class, uint32_t s, const uint8_t *p, size_t part, size_t warm, textscan_mark *out, uint32_t *n) {
	uint32_t s0 = s, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
	for (size_t i = 0; i < warm; i++) {
		WARM(1) WARM(2) WARM(3) WARM(4) WARM(5) WARM(6) WARM(7)
	}
	for (size_t i = 0; i < part; i++) {
		STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
		if (__builtin_expect((s0 | s1 | s2 | s3 | s4 | s5 | s6 | s7) & ENDS, 0)) {
			MARK(0) MARK(1) MARK(2) MARK(3) MARK(4) MARK(5) MARK(6) MARK(7)
		}
	}
	return s7;
}

int textscan_run(textscan_found *f, const uint32_t *next, const uint8_t *class, const uint8_t *p, uint32_t size, uint32_t warm) {
	if (size > f->room) {
		textscan_mark *marks = realloc(f->marks, size * sizeof *marks);
		if (!marks) return 1;
		f->marks = marks, f->room = size;
	}
	for (int k = 0; k < LANES; k++) f->n[k] = 0;
	uint32_t part = size / LANES;
	if (f->part = part, part < warm) {
		f->part = 0;
		f->state = single(next, class, f->state, p, 0, size, f->marks, &f->n[0]);
		return 0;
	}
	f->state = lanes(next, class, f->state, p, part, warm, f->marks, f->n);
	f->state = single(next, class, f->state, p, LANES * part, size, f->marks + (LANES - 1) * part, &f->n[LANES - 1]);
	return 0;
}

#if defined(__x86_64__)

int textscan_skips(void) { return __builtin_cpu_supports("avx2"); }

// Whether eight escapes begin at p, which has 32 bytes: \xHH.
static int escapes(const uint8_t *p) {
	for (int i = 0; i < 32; i++) {
		uint8_t c = p[i], low = c | 0x20;
		int digit = (c >= '0' && c <= '9') || (low >= 'a' && low <= 'f');
		if (!(i % 4 == 0 ? c == '\\' : i % 4 == 1 ? low == 'x' : digit)) return 0;
	}
	return 1;
}

// Where from from to to eight escapes begin; size if nowhere.
static size_t first_escapes(const uint8_t *p, size_t size, size_t from, size_t to) {
	for (; from < to && from + 32 <= size; from++) {
		if (p[from] == '\\' && escapes(p + from)) return from;
	}
	return size;
}

// A character's low half chooses in low those of the groups that it is in by its high half:
// + - /, digits and =, A to O, P to Z and _, p to z.
__attribute__((target("avx2"))) static inline uint32_t in_run(__m256i v) {
	const __m256i low = _mm256_broadcastsi128_si256(_mm_setr_epi8(0x1a, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1c, 0x05, 0x04, 0x07, 0x04, 0x0d));
	const __m256i high = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0x01, 0x02, 0x04, 0x08, 0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0));
	__m256i h = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0f));
	__m256i m = _mm256_and_si256(_mm256_shuffle_epi8(low, v), _mm256_shuffle_epi8(high, h));
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(m, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) size_t textscan_skip(const uint8_t *p, size_t size, size_t from) {
	size_t open = 0; // characters of a run before i
	size_t i = from;
	for (; i + 32 <= size; i += 32) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(p + i));
		uint32_t run = in_run(v);
		if (run == 0xffffffffu) return i - open;
		size_t begins = __builtin_ctz(~run);
		if (open + begins >= 32) return i - open;
		open = __builtin_clz(~run);
		uint32_t back = _mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
		// Eight escapes have four in one of the pieces that they lie in.
		if (__builtin_popcount(back) < 4) continue;
		size_t k = first_escapes(p, size, i >= from + 31 ? i - 31 : from, i + 32);
		if (k < size) return k;
	}
	size_t k = first_escapes(p, size, i >= from + 31 ? i - 31 : from, size);
	// A run of 32 may end in what is left.
	for (; i < size; i++) {
		uint8_t c = p[i], low = c | 0x20;
		if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' || c == '_' || c == '=') {
			if (++open >= 32) return k < i + 1 - open ? k : i + 1 - open;
		} else {
			open = 0;
		}
	}
	if (k < size) return k;
	return size - from < 31 ? from : size - 31;
}

#else

int textscan_skips(void) { return 0; }
size_t textscan_skip(const uint8_t *p, size_t size, size_t from) { return from; }

#endif
