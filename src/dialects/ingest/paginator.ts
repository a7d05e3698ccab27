/** Laravel's own. */
export const DEFAULT_PER_PAGE = 15;

/** A page of a list as Laravel's `LengthAwarePaginator` writes it with API resources. */
export function paginated<T>(
  data: readonly T[],
  { page, perPage, total, path }: { page: number; perPage: number; total: number; path: string },
): object {
  const lastPage = Math.max(1, Math.ceil(total / perPage));
  // Who follows the links walks all pages, of the size that he asked for.
  const size = perPage === DEFAULT_PER_PAGE ? '' : `per_page=${perPage}&`;
  const url = (to: number): string | null => (to < 1 || to > lastPage ? null : `${path}?${size}page=${to}`);
  const first = (page - 1) * perPage;
  return {
    data,
    links: { first: url(1), last: url(lastPage), prev: url(page - 1), next: url(page + 1) },
    meta: {
      current_page: page,
      from: data.length === 0 ? null : first + 1,
      last_page: lastPage,
      path,
      per_page: perPage,
      to: data.length === 0 ? null : first + data.length,
      total,
    },
  };
}
