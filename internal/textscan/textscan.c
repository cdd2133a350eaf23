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

// How many bytes of each part are classified at once.
#define CHUNK 64

// Writes the classes of n bytes of each part to out, n up to CHUNK: of part k from out + k * CHUNK.
static void look_up(const uint8_t *class, const uint8_t *p, size_t part, size_t from, size_t n, uint8_t *out) {
	for (size_t k = 0; k < LANES; k++)
		for (size_t i = from; i < n; i++) out[k * CHUNK + i] = class[p[k * part + i]];
}

#if defined(__x86_64__)

// The classes of 32 bytes: the low five bits of '@' to DEL, those in signs of ' ' to '?', of which each
// half is in both halves of a register, and 0. The sum is saturated where the byte is of another half.
__attribute__((target("avx2"))) static inline __m256i classes(__m256i v, __m256i first, __m256i second) {
	const __m256i only = _mm256_set1_epi8(0x70);
	__m256i a = _mm256_shuffle_epi8(first, _mm256_adds_epu8(_mm256_xor_si256(v, _mm256_set1_epi8(0x20)), only));
	__m256i b = _mm256_shuffle_epi8(second, _mm256_adds_epu8(_mm256_xor_si256(v, _mm256_set1_epi8(0x30)), only));
	__m256i letters = _mm256_and_si256(v, _mm256_set1_epi8(0x1f));
	__m256i above = _mm256_cmpgt_epi8(v, _mm256_set1_epi8(0x3f)); // signed: not from 0x80
	return _mm256_or_si256(_mm256_or_si256(a, b), _mm256_and_si256(above, letters));
}

// look_up for such classes. All parts are loaded before any is stored: a load waits for stores
// whose addresses have the same low bits, and where parts lie is chance.
__attribute__((target("avx2"))) static void compute(const uint8_t *class, const uint8_t *p, size_t part, size_t n, uint8_t *out) {
	const __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(class + 0x20)));
	const __m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(class + 0x30)));
	size_t i = 0;
	for (; i + 32 <= n; i += 32) {
		__m256i v[LANES];
		_Pragma("GCC unroll 8") for (size_t k = 0; k < LANES; k++) v[k] = _mm256_loadu_si256((const __m256i *)(p + k * part + i));
		_Pragma("GCC unroll 8") for (size_t k = 0; k < LANES; k++) v[k] = classes(v[k], first, second);
		_Pragma("GCC unroll 8") for (size_t k = 0; k < LANES; k++) _mm256_storeu_si256((__m256i *)(out + k * CHUNK + i), v[k]);
	}
	look_up(class, p, part, i, n, out);
}

static int computes(void) { return __builtin_cpu_supports("avx2"); }

#else

static void compute(const uint8_t *class, const uint8_t *p, size_t part, size_t n, uint8_t *out) { look_up(class, p, part, 0, n, out); }
static int computes(void) { return 0; }

#endif

#define STEP(k) s##k = next[s##k + c[k * CHUNK]];

// Goes over classes from c to end, until literals end in some part, and returns where that is. It is a function of its
// own, and has no more variables, so that the states stay in registers.
__attribute__((noinline)) static const uint8_t *steps(const uint32_t *next, uint32_t *state, const uint8_t *c, const uint8_t *end) {
	uint32_t s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3], s4 = state[4], s5 = state[5], s6 = state[6], s7 = state[7];
	do {
		STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
		c++;
		if (__builtin_expect((s0 | s1 | s2 | s3 | s4 | s5 | s6 | s7) & ENDS, 0)) break;
	} while (c != end);
	state[0] = s0, state[1] = s1, state[2] = s2, state[3] = s3, state[4] = s4, state[5] = s5, state[6] = s6, state[7] = s7;
	return c;
}

// An automaton's table, and how classes are found.
typedef struct {
	const uint32_t *next;
	const uint8_t *class;
	int computed;
} table;

// The parts wait for one load after the other, so eight of them go in step: over bytes from to to of each.
// Marks go to out, those of part k from out + k * part, if there is an out.
static void in_step(table t, uint32_t *state, const uint8_t *p, size_t part, size_t from, size_t to, textscan_mark *out, uint32_t *n) {
	uint8_t c[LANES * CHUNK];
	for (; from < to; from += CHUNK) {
		size_t size = to - from < CHUNK ? to - from : CHUNK;
		if (t.computed) compute(t.class, p + from, part, size, c);
		else look_up(t.class, p + from, part, 0, size, c);
		for (const uint8_t *at = c; at != c + size;) {
			at = steps(t.next, state, at, c + size);
			for (size_t k = 0; k < LANES; k++) {
				if (!(state[k] & ENDS)) continue;
				state[k] &= ~ENDS;
				if (out) out[k * part + n[k]++] = (textscan_mark){(uint32_t)(k * part + from + (at - c) - 1), state[k]};
			}
		}
	}
}

// Each part but the first begins warm bytes before its beginning, after which it is in the state that one
// scan would be in.
static uint32_t lanes(table t, uint32_t s, const uint8_t *p, size_t part, size_t warm, textscan_mark *out, uint32_t *n) {
	uint32_t before[LANES] = {0}, state[LANES] = {s};
	in_step(t, before, p + part - warm, part, 0, warm, NULL, NULL); // the last one's for nothing
	for (size_t k = 1; k < LANES; k++) state[k] = before[k - 1];
	in_step(t, state, p, part, 0, part, out, n);
	return state[LANES - 1];
}

int textscan_computes(const uint8_t *class) {
	for (int c = 0; c < 256; c++)
		if ((c < 0x20 || c >= 0x40) && class[c] != (c >= 0x40 && c < 0x80 ? c & 0x1f : 0)) return 0;
	return computes();
}

int textscan_run(textscan_found *f, const uint32_t *next, const uint8_t *class, int computed, const uint8_t *p, uint32_t size, uint32_t warm) {
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
	f->state = lanes((table){next, class, computed}, f->state, p, part, warm, f->marks, f->n);
	f->state = single(next, class, f->state, p, LANES * part, size, f->marks + (LANES - 1) * part, &f->n[LANES - 1]);
	return 0;
}

#if defined(__x86_64__)

int textscan_skips(void) { return __builtin_cpu_supports("avx2"); }

// Whether eight escapes begin at p, which has 32 bytes: \xHH or \NNN.
static int escapes(const uint8_t *p) {
	for (const uint8_t *end = p + 32; p < end; p += 4) {
		if (p[0] != '\\') return 0;
		int octal = p[1] >= '0' && p[1] <= '3';
		if (!octal && (p[1] | 0x20) != 'x') return 0;
		for (int i = 2; i < 4; i++) {
			uint8_t c = p[i], low = c | 0x20;
			if (octal ? c < '0' || c > '7' : !((c >= '0' && c <= '9') || (low >= 'a' && low <= 'f'))) return 0;
		}
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
