namespace UserNet.Wire;

/// <summary>What a report says of one group: IGMP and MLD have the same numbers. RFC 3376 §4.2.12, RFC 3810 §5.2.12.</summary>
public enum GroupRecordType : byte
{
    /// <summary>The host listens to the sources listed.</summary>
    ModeIsInclude = 1,
    /// <summary>The host listens to all sources but those listed.</summary>
    ModeIsExclude = 2,
    /// <summary>It now listens to the sources listed only.</summary>
    ChangeToIncludeMode = 3,
    /// <summary>It now listens to all sources but those listed.</summary>
    ChangeToExcludeMode = 4,
    /// <summary>It listens to the sources listed, too.</summary>
    AllowNewSources = 5,
    /// <summary>It does not listen to the sources listed any longer.</summary>
    BlockOldSources = 6,
}
