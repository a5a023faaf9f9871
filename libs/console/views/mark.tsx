/** The sign of Parley; for decoration only. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M9 8.5h9.2a5.8 5.8 0 0 1 0 11.6H13.4L9 24.2z" />
      <circle cx="14.2" cy="14.3" r="1.45" />
      <circle cx="18.8" cy="14.3" r="1.45" />
    </svg>
  );
}
