"""What scripts/perf-guard is made of.

cli        the command line
counting   building the paths, and counting their instructions
tools      valgrind, fetched where there is none
conditions what counts depend on besides the code
figures    benches/hot_paths.json: what is written down
verdict    counts beside what is written down
"""
