// SPDX-License-Identifier: GPL-2.0-only
/* Drives a fuzzer of this folder without libFuzzer, with inputs made from a seed: INPUTS SEED */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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
	unsigned long inputs, done;
	uint8_t data[256];
	uint64_t seed;

	if (argc != 3) {
		fprintf(stderr, "usage: %s INPUTS SEED\n", argv[0]);
		return 2;
	}
	inputs = strtoul(argv[1], NULL, 10);
	seed = strtoull(argv[2], NULL, 10) | 1;
	for (done = 0; done < inputs; done++) {
		size_t size = next(&seed) % (sizeof(data) + 1), i;

		for (i = 0; i < size; i++)
			data[i] = next(&seed) >> 24;
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%lu inputs\n", done);
	return 0;
}
