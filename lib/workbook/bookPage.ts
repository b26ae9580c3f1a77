/** A page of the book, without the frame (navigation, head, previous and next) that `buildBook` puts around it. */
export interface BookPage {
  /** The file's name without .html: letters, digits and dashes, unlike any other page's. */
  readonly name: string;
  /** What the navigation calls it; plain text. */
  readonly title: string;
  /**
   * The body as HTML. It begins with its one `<h1>`; the `<h2>` (and `<h3>`) that have an `id` become its contents in the
   * navigation. Links go to `other-page.html#id`. Code is marked up by `renderFragments`.
   */
  readonly html: string;
  /** The part of the navigation that it stands in; pages of one section follow each other. Default: the notebooks'. */
  readonly section?: 'API';
  /** The day on which its notebook was run, YYYY-MM-DD. Default: it is of no run. */
  readonly run?: string;
  /** Further names that the book's search finds, each by its place in the page. Default: only the page's headings. */
  readonly entries?: readonly BookEntry[];
}

/** A name in the book's search. */
export interface BookEntry {
  /** What is typed to find it, e.g. `vicreg`. */
  readonly name: string;
  /** The id in the page that it leads to. */
  readonly id: string;
  /** One line said beside it; plain text. */
  readonly summary?: string;
}
