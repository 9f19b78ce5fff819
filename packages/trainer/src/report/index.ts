export { buildReport } from './build-report.ts';
export {
  type ReportData,
  ReportDataError,
  type ReportEpoch,
  type ReportMistake,
  type ReportPicture,
  type ReportStep,
  type ReportSummary,
} from './data.ts';
