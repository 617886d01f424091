// Searches vectors with hnswlib, for TestHnswlib to compare.
//
//   hnswlib FILE M EF_CONSTRUCTION EF...
//
// FILE has int32 dimension, number of vectors, number of queries, then the vectors and the queries as float32 of
// length 1, all in the order of this machine. It prints "build SECONDS", and for each EF a line
// "ef EF P50_NANOSECONDS" and one with the ten nearest of each query.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <hnswlib/hnswlib.h>

using Clock = std::chrono::steady_clock;

static void readInto(FILE *f, void *to, size_t bytes) {
	if (fread(to, 1, bytes, f) != bytes) {
		fprintf(stderr, "the file ends too early\n");
		exit(1);
	}
}

int main(int argc, char **argv) {
	if (argc < 5) {
		fprintf(stderr, "usage: hnswlib FILE M EF_CONSTRUCTION EF...\n");
		return 2;
	}
	FILE *f = fopen(argv[1], "rb");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	int head[3];
	readInto(f, head, sizeof head);
	const size_t d = head[0], n = head[1], nq = head[2];
	std::vector<float> vectors(d * n), queries(d * nq);
	readInto(f, vectors.data(), 4 * vectors.size());
	readInto(f, queries.data(), 4 * queries.size());
	fclose(f);

	hnswlib::InnerProductSpace space(d);
	hnswlib::HierarchicalNSW<float> index(&space, n, atoi(argv[2]), atoi(argv[3]));
	auto begin = Clock::now();
	for (size_t i = 0; i < n; i++)
		index.addPoint(&vectors[i * d], i);
	printf("build %f\n", std::chrono::duration<double>(Clock::now() - begin).count());
	for (int a = 4; a < argc; a++) {
		index.setEf(atoi(argv[a]));
		std::vector<long> times;
		std::vector<std::vector<size_t>> found(nq);
		for (int round = 0; round < 5; round++) {
			for (size_t i = 0; i < nq; i++) {
				auto start = Clock::now();
				auto hits = index.searchKnn(&queries[i * d], 10);
				times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
				found[i].clear();
				for (; !hits.empty(); hits.pop())
					found[i].push_back(hits.top().second);
			}
		}
		std::sort(times.begin(), times.end());
		printf("ef %s %ld\n", argv[a], times[times.size() / 2]);
		for (auto &list : found)
			for (auto id : list)
				printf("%zu ", id);
		printf("\n");
	}
}
