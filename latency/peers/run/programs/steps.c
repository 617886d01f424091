#include <stdio.h>

struct item {
	char name[16];
	long size;
};

static long area(long width, long height) {
	long result = width * height;
	return result;
}

int main(void) {
	struct item items[101];
	long total = 0;
	for (long i = 1; i <= 100000000; i++) {
		struct item one = {"item", 0}; // body
		long size = area(i, 2);
		one.size = size;
		items[i % 100 + 1] = one;
		total = total + size;
	}
	printf("%ld %ld\n", total, items[1].size);
	return 0;
}
