{{ exceptions.raise_compiler_error('pick a region') }}
