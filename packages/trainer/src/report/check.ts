import { type ReportData, ReportDataError } from './data.ts';

/** Throws {@link ReportDataError} where the sizes in the data contradict each other, before anything is drawn. */
export function checkReportData(data: Pick<ReportData, 'classes' | 'confusion' | 'worst'>): void {
  const { classes, confusion, worst } = data;
  const size = classes.length;
  if (confusion.length !== 0 && confusion.length !== size) {
    throw new ReportDataError(`confusion: expected ${size} rows, one a class (or none), got ${confusion.length}`);
  }
  confusion.forEach((row, index) => {
    if (row.length !== size) {
      throw new ReportDataError(`confusion[${index}]: expected ${size} columns, one a class, got ${row.length}`);
    }
    const column = row.findIndex((count) => !Number.isInteger(count) || count < 0);
    if (column >= 0) {
      throw new ReportDataError(`confusion[${index}][${column}]: expected a count, got ${row[column]}`);
    }
  });
  worst.forEach(({ image }, index) => {
    const { height, width, channels } = image;
    for (const [name, value] of Object.entries({ height, width, channels })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new ReportDataError(`worst[${index}].image.${name}: expected a whole number of at least 1, got ${value}`);
      }
    }
    if (image.data.length !== height * width * channels) {
      throw new ReportDataError(
        `worst[${index}].image.data: expected ${height * width * channels} bytes (${height}×${width}×${channels}), got ${image.data.length}`,
      );
    }
  });
}
