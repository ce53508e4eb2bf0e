using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What came of an attempt to write into an option of a packet on its way. RFC 791 §3.1.</summary>
public enum OptionWriting : byte
{
    /// <summary>It was written.</summary>
    Written,
    /// <summary>Nothing was written, for there is no room: the packet goes on as it is.</summary>
    Full,
    /// <summary>Nothing was written, since another host is meant: the packet goes on as it is.</summary>
    ForAnother,
    /// <summary>The option contradicts itself: the packet is in error (a parameter problem).</summary>
    Wrong,
}

/// <summary>
/// Record route, and the two source routes that are built alike: type, length, pointer, addresses. RFC 791 §3.1.
/// </summary>
/// <remarks>Pure functions over all octets of an option, whatever these are. Any thread.</remarks>
public static class Ipv4RouteOption
{
    /// <summary>Octets before the first address.</summary>
    public const int HeaderLength = 3;

    /// <summary>How many addresses a record route option can hold at most.</summary>
    public const int MaxAddresses = 9;

    private const int FirstPointer = 4;      // counted from 1

    /// <summary>How many addresses could still be written; -1 when the option contradicts itself.</summary>
    /// <remarks>Less room than an address, but more than none, is a contradiction.</remarks>
    public static int RoomLeft(ReadOnlySpan<byte> option)
    {
        if (option.Length < HeaderLength || option[2] < FirstPointer) return -1;
        int octets = option.Length - option[2] + 1;
        return octets <= 0 ? 0 : octets < 4 ? -1 : octets / 4;
    }

    /// <summary>Writes an address where the pointer points, and moves it on.</summary>
    public static OptionWriting Record(Span<byte> option, InetAddress address)
    {
        int room = RoomLeft(option);
        if (room <= 0) return room < 0 ? OptionWriting.Wrong : OptionWriting.Full;
        WriteUInt32BigEndian(option[(option[2] - 1)..], address.V4Bits);
        option[2] += 4;
        return OptionWriting.Written;
    }

    /// <summary>How many addresses there is place for, written or not.</summary>
    public static int AddressCount(ReadOnlySpan<byte> option) => Math.Max(0, option.Length - HeaderLength) / 4;

    /// <summary>How many of the addresses lie before the pointer: were written, or passed by.</summary>
    public static int RecordedCount(ReadOnlySpan<byte> option) =>
        option.Length < HeaderLength ? 0 : Math.Clamp((option[2] - FirstPointer) / 4, 0, AddressCount(option));

    /// <summary>The address at a place.</summary>
    /// <param name="option">All octets of the option.</param>
    /// <param name="index">From 0 to <see cref="AddressCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public static InetAddress Address(ReadOnlySpan<byte> option, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)AddressCount(option));
        return InetAddress.FromV4(ReadUInt32BigEndian(option[(HeaderLength + (4 * index))..]));
    }

    /// <summary>Writes an empty record route option and says how many octets it has.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="addresses">How many it is to have place for, 1 to 9.</param>
    /// <exception cref="ArgumentOutOfRangeException">No option has so many, or they do not fit.</exception>
    public static int WriteEmpty(Span<byte> destination, int addresses)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(addresses, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(addresses, MaxAddresses);
        int length = HeaderLength + (4 * addresses);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, destination.Length, nameof(destination));
        destination[..length].Clear();
        destination[0] = (byte)Ipv4OptionType.RecordRoute;
        destination[1] = (byte)length;
        destination[2] = FirstPointer;
        return length;
    }
}

/// <summary>What the hosts on the way write into a timestamp option. RFC 791 §3.1.</summary>
public enum TimestampOptionKind : byte
{
    /// <summary>Times alone.</summary>
    TimeOnly = 0,
    /// <summary>Addresses with times.</summary>
    AddressAndTime = 1,
    /// <summary>Times behind the addresses that the sender wrote, in their order.</summary>
    Prespecified = 3,
}

/// <summary>The timestamp option: type, length, pointer, overflow and kind, entries. RFC 791 §3.1.</summary>
/// <remarks>Pure functions over all octets of an option, whatever these are. Any thread.</remarks>
public static class Ipv4TimestampOption
{
    /// <summary>Octets before the first entry.</summary>
    public const int HeaderLength = 4;

    private const int FirstPointer = 5, MaxOverflow = 15;

    /// <summary>What is to be written, or a number that this enum does not name.</summary>
    public static TimestampOptionKind Kind(ReadOnlySpan<byte> option) =>
        option.Length < HeaderLength ? default : (TimestampOptionKind)(option[3] & 0xF);

    /// <summary>How many hosts found no room, 0 to 15.</summary>
    public static int Overflow(ReadOnlySpan<byte> option) => option.Length < HeaderLength ? 0 : option[3] >> 4;

    /// <summary>How many entries could still be written; -1 when the option contradicts itself.</summary>
    public static int RoomLeft(ReadOnlySpan<byte> option)
    {
        if (option.Length < HeaderLength || option[2] < FirstPointer) return -1;
        int size = EntrySize(Kind(option)), octets = option.Length - option[2] + 1;
        return size == 0 ? -1 : octets <= 0 ? 0 : octets < size ? -1 : octets / size;
    }

    /// <summary>The address that the sender wants the next time from, of a prespecified option with room.</summary>
    public static bool TryNextAddress(ReadOnlySpan<byte> option, out InetAddress address)
    {
        address = default;
        if (Kind(option) != TimestampOptionKind.Prespecified || RoomLeft(option) <= 0) return false;
        address = InetAddress.FromV4(ReadUInt32BigEndian(option[(option[2] - 1)..]));
        return true;
    }

    /// <summary>Writes the time, with the address where it is asked for, and moves the pointer on.</summary>
    /// <param name="option">All octets of the option.</param>
    /// <param name="address">The host's; of a prespecified option, has to be the one that comes next.</param>
    /// <param name="time">Milliseconds since midnight UT, or anything else with the highest bit set.</param>
    /// <returns>Full counts the host as one without room; once 15 were counted, the option is Wrong.</returns>
    public static OptionWriting Record(Span<byte> option, InetAddress address, uint time)
    {
        int room = RoomLeft(option);
        if (room < 0) return OptionWriting.Wrong;
        if (room == 0) return CountOverflow(option);
        int at = option[2] - 1;
        TimestampOptionKind kind = Kind(option);
        if (TryNextAddress(option, out InetAddress next) && next != address) return OptionWriting.ForAnother;
        if (kind == TimestampOptionKind.AddressAndTime) WriteUInt32BigEndian(option[at..], address.V4Bits);
        int size = EntrySize(kind);
        WriteUInt32BigEndian(option[(at + size - 4)..], time);
        option[2] += (byte)size;
        return OptionWriting.Written;
    }

    /// <summary>Writes an empty option and says how many octets it has.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="kind">What is to be written.</param>
    /// <param name="entries">How many it is to have place for: 1 to 9 of times alone, 1 to 4 with addresses.</param>
    /// <exception cref="ArgumentOutOfRangeException">No option has so many, or they do not fit.</exception>
    public static int WriteEmpty(Span<byte> destination, TimestampOptionKind kind, int entries)
    {
        int length = HeaderLength + (EntrySize(kind) * entries);
        ArgumentOutOfRangeException.ThrowIfLessThan(entries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Ipv4Options.MaxLength, nameof(entries));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, destination.Length, nameof(destination));
        destination[..length].Clear();
        destination[0] = (byte)Ipv4OptionType.Timestamp;
        destination[1] = (byte)length;
        destination[2] = FirstPointer;
        destination[3] = (byte)kind;
        return length;
    }

    private static OptionWriting CountOverflow(Span<byte> option)
    {
        if (Overflow(option) == MaxOverflow) return OptionWriting.Wrong;
        option[3] += 0x10;
        return OptionWriting.Full;
    }

    private static int EntrySize(TimestampOptionKind kind) => kind switch
    {
        TimestampOptionKind.TimeOnly => 4,
        TimestampOptionKind.AddressAndTime or TimestampOptionKind.Prespecified => 8,
        _ => 0,
    };
}
