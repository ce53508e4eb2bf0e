using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using static UserNet.Facades.Wsk.WskConstants;
using static UserNet.Tests.Facades.Documents.WskRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The table of the page "Sharing Transport Addresses", each cell that is no plain success; CHECK is a cell for each way it goes.</summary>
internal static class SharingCases
{
    private const uint OtherUser = 1001;

    private static readonly string[] Kinds = ["default, wildcard", "default, specific", "reuse, wildcard", "reuse, specific", "exclusive, wildcard", "exclusive, specific"];

    // Rows the second bind, columns the first, in the order of Kinds: Success, Inuse, Denied, Check.
    private static readonly string[] Cells = ["ISISIS", "CICDDI", "DSSSDS", "CDSSDD", "IIIIII", "CICIDI"];

    public static IReadOnlyList<ErrorCase> All { get; } = [.. Cases()];

    private static IEnumerable<ErrorCase> Cases()
    {
        for (int second = 0; second < Kinds.Length; second++)
        {
            for (int first = 0; first < Kinds.Length; first++)
            {
                string what = $"first {Kinds[first]}; second {Kinds[second]}";
                switch (Cells[second][first])
                {
                    case 'I': yield return Of(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, what, first, second); break;
                    case 'D': yield return Of(NtStatus.STATUS_ACCESS_DENIED, what, first, second); break;
                    case 'C':
                        yield return Of(NtStatus.STATUS_ACCESS_DENIED, what + ": access is refused", first, second, OtherUser);
                        yield return Of(NtStatus.STATUS_SUCCESS, what + ": access is granted", first, second, OtherUser, SecurityDescriptor.Only(OtherUser));
                        break;
                    default: break;
                }
            }
        }
    }

    private static ErrorCase Of(NtStatus code, string condition, int first, int second, uint uid = 0, SecurityDescriptor? security = null) =>
        Case("Sharing Transport Addresses", code, condition, rig =>
        {
            rig.OpenBound(EndpointOf(first), OptionOf(first), security: security);
            return rig.Bind(rig.Open(option: OptionOf(second), uid: uid), EndpointOf(second));
        });

    private static string EndpointOf(int kind) => kind % 2 == 0 ? Any : Here;

    private static uint OptionOf(int kind) => (kind / 2) switch { 1 => SO_REUSEADDR, 2 => SO_EXCLUSIVEADDRUSE, _ => 0 };
}
