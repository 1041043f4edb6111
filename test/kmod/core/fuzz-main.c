// SPDX-License-Identifier: GPL-2.0-only
/* Drives a fuzzer of this folder without libFuzzer, with inputs made from a seed: INPUTS SEED [BYTES]. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Of an input; the largest and what is taken when nothing is said. */
#define BYTES_MAX 1024
#define BYTES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

int main(int argc, char **argv)
{
	unsigned long inputs, done, bytes;
	uint8_t data[BYTES_MAX];
	uint64_t seed;

	bytes = argc == 4 ? strtoul(argv[3], NULL, 10) : BYTES;
	if (argc < 3 || argc > 4 || bytes > BYTES_MAX) {
		fprintf(stderr, "usage: %s INPUTS SEED [BYTES], at most %d bytes\n", argv[0], BYTES_MAX);
		return 2;
	}
	inputs = strtoul(argv[1], NULL, 10);
	seed = strtoull(argv[2], NULL, 10) | 1;
	for (done = 0; done < inputs; done++) {
		size_t size = next(&seed) % (bytes + 1), i;

		for (i = 0; i < size; i++)
			data[i] = next(&seed) >> 24;
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%lu inputs\n", done);
	return 0;
}
