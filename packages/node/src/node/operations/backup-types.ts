export interface BackupOperationTypes {
  /**
   * Writes a snapshot of the database into the new file `database`, tells of it by a step of the progress whose phase
   * is `held`, and keeps every file that the snapshot names until the caller goes away. Never answers by itself.
   */
  'backup.hold': { params: { database: string }; result: Readonly<Record<string, never>> }
}
